mod cancel_proposal;
mod cast_participant_vote;
mod cast_vote;
mod close_vote_record;
mod create_participant;
mod create_proposal;
mod execute_proposal;
mod extend_lock;
mod finalize_proposal;
mod lock_tokens;
mod pause;
mod set_delegate;
mod unlock_tokens;
mod unpause;
mod vote;
mod withdraw_fees;

pub use {
    cancel_proposal::*, cast_participant_vote::*, cast_vote::*, close_vote_record::*, create_participant::*,
    create_proposal::*, execute_proposal::*, extend_lock::*, finalize_proposal::*, lock_tokens::*, pause::*,
    set_delegate::*, unlock_tokens::*, unpause::*, withdraw_fees::*,
};
