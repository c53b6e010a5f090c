use crate::{
    constants::MAX_ACCESS_BLOB,
    errors::LeaseError,
    events::{AccessPublished, emit},
    state::*,
};
use anchor_lang::{hash::sha256, prelude::*};

/// Accounts of [`publish_access`].
#[derive(Accounts)]
pub struct PublishAccess {
    /// The provider's wallet or its operator.
    pub authority: Signer,
    /// Gets other credentials.
    #[account(mut)]
    pub lease: Account<Lease>,
    /// Names the wallet and the operator.
    #[account(address = lease.provider @ LeaseError::WrongAccount)]
    pub provider: Account<Provider>,
}

/// See [`crate::gpu_lease::publish_access`].
pub fn publish_access(
    ctx: &mut Context<PublishAccess>,
    seen: Seen,
    replaced: [u8; 32],
    access_blob: &[u8],
) -> Result<()> {
    let PublishAccess { authority, lease, provider } = &mut ctx.accounts;

    // Check
    let now = Moment::now()?;
    provider.role_of(authority.address())?;
    lease.require_seen(&seen, now.time)?;
    require!((1..=MAX_ACCESS_BLOB).contains(&access_blob.len()), LeaseError::AccessBlobInvalid);

    // Effect
    let access_blob_hash = sha256(access_blob);
    lease.publish_access(&replaced, access_blob_hash, now)?;
    emit(AccessPublished { lease: *lease.address(), access_blob_hash, slot: now.slot });
    Ok(())
}
