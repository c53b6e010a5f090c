//! What an Xid says about a card: the numbers under which NVIDIA's driver logs that something went wrong on one.

use std::ops::RangeInclusive;

/// What an Xid means for the seconds of a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The card has to be reset, or the machine: the provider's, from then on.
    Fault,
    /// The hardware ended a program, and the card goes on with the next: the provider's, for the time that a program takes to
    /// start again.
    Hit,
    /// A program on the card failed, and the card goes on: the tenant's. It could be provoked at will, and an SLA credit would
    /// be its reward.
    Program,
    /// Nobody is kept from the card by it.
    Note,
}

/// An Xid or several with one meaning, NVIDIA's description, and why they mean that.
pub type Row = (RangeInclusive<u32>, Meaning, &'static str, &'static str);

/// What is known of Xids, after the actions that NVIDIA's catalogue gives for the Ampere generation and those after it:
/// <https://docs.nvidia.com/deploy/xid-errors/analyzing-xid-catalog.html>. RESET_GPU and RESTART_BM are faults, RESTART_APP is
/// a program's, IGNORE is a note, and the reason is said where it is not as simple.
///
/// One that is not here counts for nothing: its number does not say whether the card can be used, and what does is asked of the
/// card at each sample: whether it answers, and what NVML says that it takes to recover it.
pub const XIDS: &[Row] = &[
    (8..=8, Meaning::Program, "GPU stopped processing", "a kernel runs longer than the watchdog lets it"),
    (11..=11, Meaning::Program, "invalid or corrupted push buffer stream", "RESTART_APP"),
    (13..=13, Meaning::Program, "graphics engine exception", "any kernel can, by an access out of bounds"),
    (14..=14, Meaning::Note, "unused", "IGNORE"),
    (25..=25, Meaning::Program, "invalid or illegal push buffer stream", "RESTART_APP"),
    (31..=31, Meaning::Program, "GPU memory page fault", "any kernel can, by a bad pointer"),
    (32..=32, Meaning::Program, "invalid or corrupted push buffer stream", "RESTART_APP"),
    (37..=38, Meaning::Note, "driver firmware error", "IGNORE"),
    (39..=41, Meaning::Program, "copy engine exception", "RESTART_APP"),
    (
        43..=43,
        Meaning::Program,
        "GPU stopped processing",
        "a program hit an error of its own, and the card is well",
    ),
    (
        44..=44,
        Meaning::Program,
        "graphics engine fault during context switch",
        "IGNORE: another Xid says more",
    ),
    (45..=45, Meaning::Program, "preemptive cleanup", "the end of a program, also by its own signal"),
    (46..=46, Meaning::Fault, "GPU stopped processing", "RESET_GPU"),
    (48..=48, Meaning::Fault, "double bit ECC error", "RESET_GPU, and a drain if 63 or 64 follow"),
    (54..=54, Meaning::Note, "auxiliary power is not connected", "the card is slower, not away"),
    (60..=60, Meaning::Program, "video processor exception", "RESTART_APP"),
    (
        61..=61,
        Meaning::Note,
        "internal micro-controller warning",
        "no longer used; where it halts, that is 62",
    ),
    (62..=62, Meaning::Fault, "internal micro-controller halt", "RESET_GPU"),
    (
        63..=63,
        Meaning::Note,
        "row remapping recorded",
        "IGNORE: it worked. If it ended a program, 48 or 94 say so",
    ),
    (64..=64, Meaning::Fault, "row remapping failed", "RESET_GPU"),
    (66..=67, Meaning::Note, "illegal access by the driver", "IGNORE"),
    (68..=68, Meaning::Program, "video decoder exception", "RESTART_APP"),
    (69..=69, Meaning::Program, "graphics engine class error", "RESTART_APP"),
    (70..=72, Meaning::Program, "copy engine exception", "RESTART_APP"),
    (
        74..=74,
        Meaning::Fault,
        "NVLink error",
        "cards of a lease do not reach each other until it is repaired",
    ),
    (75..=77, Meaning::Program, "copy engine exception", "RESTART_APP"),
    (79..=79, Meaning::Fault, "the GPU has fallen off the bus", "RESTART_BM"),
    (80..=80, Meaning::Program, "corrupted data sent to the GPU", "RESTART_APP"),
    (82..=86, Meaning::Program, "exception of an engine for images, video, copies or flow", "RESTART_APP"),
    (88..=89, Meaning::Program, "video decoder exception", "RESTART_APP"),
    (92..=92, Meaning::Note, "high single-bit ECC error rate", "IGNORE: all of them were corrected"),
    (93..=93, Meaning::Note, "non-fatal violation of provisioned InfoROM wear limit", "IGNORE"),
    (94..=94, Meaning::Hit, "contained ECC error", "RESTART_APP, but it was the memory that failed"),
    (95..=95, Meaning::Fault, "uncontained ECC error", "RESET_GPU"),
    (96..=105, Meaning::Program, "exception of a video or image decoder", "RESTART_APP"),
    (106..=108, Meaning::Note, "test messages, translation error of a remote GPU", "IGNORE"),
    (
        109..=109,
        Meaning::Program,
        "context switch timeout",
        "RESET_GPU, but a program can bring it about. Where a reset is needed, NVML says so, and that counts",
    ),
    (110..=110, Meaning::Fault, "security fault", "RESET_GPU"),
    (119..=119, Meaning::Fault, "GSP RPC timeout", "RESET_GPU"),
    (120..=120, Meaning::Fault, "GSP error", "RESET_GPU"),
    (121..=121, Meaning::Note, "C2C link corrected error", "IGNORE"),
    (
        122..=123,
        Meaning::Note,
        "SPI PMU RPC failure",
        "no action: a sensor or an update failed, not the card",
    ),
    (126..=135, Meaning::Program, "copy engine exception", "RESTART_APP"),
    (136..=136, Meaning::Fault, "link training failed", "RESET_GPU"),
    (
        137..=137,
        Meaning::Program,
        "NVLink privilege error",
        "as 31: an access to memory of another GPU that is not mapped",
    ),
    (139..=139, Meaning::Program, "optical flow exception", "RESTART_APP"),
    (140..=140, Meaning::Fault, "unrecovered ECC error", "RESET_GPU"),
    (141..=141, Meaning::Note, "fast path error", "IGNORE"),
    (143..=143, Meaning::Fault, "GPU initialization error", "RESET_GPU"),
    (
        144..=150,
        Meaning::Note,
        "NVLink 5 errors",
        "from IGNORE to RESET_GPU, by registers in the message. Where a reset is needed, NVML says so",
    ),
    (154..=154, Meaning::Note, "GPU recovery action changed", "NVML is asked for it at each sample"),
    (155..=155, Meaning::Fault, "NVLink software defined error", "RESET_GPU"),
    (156..=156, Meaning::Fault, "resource retirement event", "RESET_GPU"),
    (157..=157, Meaning::Note, "resource retirement failure", "IGNORE"),
    (158..=158, Meaning::Fault, "GPU fatal timeout", "RESET_GPU"),
    (160..=161, Meaning::Note, "channel retirement", "IGNORE"),
    (171..=172, Meaning::Fault, "uncorrectable error of DRAM or SRAM", "with 48, of which they say where"),
];

/// What an Xid means; `None` if it is not known.
pub fn meaning(xid: u32) -> Option<Meaning> {
    XIDS.iter().find(|(xids, ..)| xids.contains(&xid)).map(|(_, meaning, ..)| *meaning)
}

/// What an Xid is called.
pub fn description(xid: u32) -> &'static str {
    XIDS.iter().find(|(xids, ..)| xids.contains(&xid)).map_or("unknown", |(_, _, description, _)| description)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_order_and_no_xid_is_in_two_of_them() {
        for pair in XIDS.windows(2) {
            assert!(pair[0].0.end() < pair[1].0.start(), "{:?}", pair);
        }
    }

    #[test]
    fn what_any_kernel_of_a_tenant_can_provoke_is_never_the_providers() {
        for xid in [8, 13, 31, 43, 45, 69, 109] {
            assert_eq!(meaning(xid), Some(Meaning::Program), "{xid}");
        }
    }

    #[test]
    fn what_takes_a_reset_is_the_providers_and_what_was_repaired_is_nobodys() {
        for xid in [48, 62, 64, 74, 79, 95, 119, 120, 140] {
            assert_eq!(meaning(xid), Some(Meaning::Fault), "{xid}");
        }
        assert_eq!(meaning(94), Some(Meaning::Hit));
        for xid in [63, 92, 154] {
            assert_eq!(meaning(xid), Some(Meaning::Note), "{xid}");
        }
        assert_eq!(meaning(9_999), None);
    }
}
