use crate::{Async, Context, Migration, Status, UpgradeAuthority};
use gpu_lease_client::{Error, address, rpc::Receipt};
use solana_loader_v3_interface::instruction::set_upgrade_authority;

/// Hands the program's upgrade authority over, or takes it away from everybody. Last: nothing that needs it comes
/// after this.
pub struct GiveUpUpgradeAuthority;

impl Migration for GiveUpUpgradeAuthority {
    fn name(&self) -> &'static str {
        "m0003_give_up_upgrade_authority"
    }

    fn describe(&self) -> &'static str {
        "Gives up the power to replace the program, and every rule with it."
    }

    fn is_final(&self) -> bool {
        true
    }

    fn status<'a>(&'a self, context: &'a Context<'a>) -> Async<'a, Status> {
        Box::pin(async move {
            let present = match context.client.upgrade_authority().await {
                Ok(present) => present.map_or(UpgradeAuthority::None, UpgradeAuthority::Wallet),
                Err(Error::NotFound { .. }) => {
                    return Ok(Status::Blocked(format!("Deploy the program to {} first.", address::PROGRAM)));
                }
                Err(error) => return Err(error),
            };
            let signer = UpgradeAuthority::Wallet(context.authority.try_pubkey()?);
            Ok(status(present, context.config.upgrade_authority, signer))
        })
    }

    fn run<'a>(&'a self, context: &'a Context<'a>) -> Async<'a, Vec<Receipt>> {
        Box::pin(async move {
            // Whoever gave it up before could never initialize.
            context.client.protocol().await?;
            let next = match context.config.upgrade_authority {
                Some(UpgradeAuthority::Wallet(next)) => Some(next),
                Some(UpgradeAuthority::None) => None,
                None => return Ok(Vec::new()),
            };
            let signer = context.authority.try_pubkey()?;
            let give_up = set_upgrade_authority(&address::PROGRAM, &signer, next.as_ref());
            Ok(vec![context.client.send(&[give_up], context.authority, &[]).await?])
        })
    }
}

/// What is left to do where `present` is the upgrade authority, the configuration wants `wanted`, and `signer`
/// signs.
fn status(present: UpgradeAuthority, wanted: Option<UpgradeAuthority>, signer: UpgradeAuthority) -> Status {
    use UpgradeAuthority::{None as Nobody, Wallet};
    match (present, wanted) {
        (Nobody, None | Some(Nobody)) => Status::Done,
        (Wallet(present), Some(Wallet(wanted))) if present == wanted => Status::Done,
        (Wallet(present), None) => Status::NotAsked(format!(
            "{present} can replace the program and every rule with it. Write `upgrade_authority: none` into the \
             configuration to take this power away from everybody, or an address to hand it over."
        )),
        (Nobody, Some(Wallet(wanted))) => Status::Blocked(format!(
            "The program no longer has an upgrade authority, so nobody can hand it over to {wanted}; write \
             `upgrade_authority: none` into the configuration."
        )),
        (Wallet(present), Some(_)) if Wallet(present) != signer => Status::Blocked(format!(
            "Only the program's upgrade authority {present} may do this; sign with its key, not with {signer}'s."
        )),
        (Wallet(present), Some(Nobody)) => Status::Pending(vec![format!(
            "take the upgrade authority away from {present}: nobody will be able to change the program, not even to \
             mend it, for good"
        )]),
        (Wallet(present), Some(Wallet(wanted))) => Status::Pending(vec![format!(
            "hand the upgrade authority over from {present} to {wanted}, which is not asked: if nobody holds its key, \
             the power is lost for good"
        )]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use UpgradeAuthority::{None as Nobody, Wallet};
    use solana_address::Address;

    const DEPLOYER: UpgradeAuthority = Wallet(Address::new_from_array([1; 32]));
    const COUNCIL: UpgradeAuthority = Wallet(Address::new_from_array([2; 32]));

    #[test]
    fn nothing_is_given_up_unasked() {
        let Status::NotAsked(reason) = status(DEPLOYER, None, DEPLOYER) else { panic!() };
        assert!(reason.contains("upgrade_authority: none"), "{reason}");
        assert_eq!(status(Nobody, None, DEPLOYER), Status::Done);
    }

    #[test]
    fn what_is_given_up_stays_so() {
        assert_eq!(status(Nobody, Some(Nobody), DEPLOYER), Status::Done);
        assert_eq!(status(COUNCIL, Some(COUNCIL), DEPLOYER), Status::Done);
        assert_eq!(status(DEPLOYER, Some(DEPLOYER), DEPLOYER), Status::Done);
        assert!(matches!(status(Nobody, Some(COUNCIL), DEPLOYER), Status::Blocked(_)));
    }

    #[test]
    fn only_the_upgrade_authority_gives_it_up() {
        for wanted in [Nobody, COUNCIL] {
            assert!(matches!(status(DEPLOYER, Some(wanted), DEPLOYER), Status::Pending(_)));
            let other = Wallet(Address::new_from_array([3; 32]));
            let Status::Blocked(reason) = status(DEPLOYER, Some(wanted), other) else { panic!() };
            assert!(reason.contains(&other.to_string()) && reason.contains(&DEPLOYER.to_string()));
        }
    }
}
