//! Stands in for the driver's libraries, `libnvidia-ml.so.1` and `libcuda.so.1`: the functions of both that the agent's children
//! load. What they answer is in a script, a file that the variable GPU_LEASE_STAND_IN names and that is read at each call, so
//! that a test changes it meanwhile. The memory of a card is a file next to it.

mod cuda;
mod nvml;
#[allow(dead_code, reason = "tests write what this reads")]
mod script;
