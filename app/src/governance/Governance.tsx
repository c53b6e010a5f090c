import { PageTitle } from '../ui/Blocks';
import { Concentration } from './Concentration';
import { Fee } from './Fee';
import { Pause } from './Pause';
import { Proposals } from './Proposals';
import { Propose } from './Propose';
import { YourVote } from './YourVote';

/** Who decides about the fee, and how. */
export function Governance() {
  return (
    <>
      <PageTitle title="Governance">
        Holders who lock their tokens decide, one token one vote. Those who pay the fees can refuse a rise. What passes waits two days at least before
        anyone can execute it, and changes no lease that is open.
      </PageTitle>
      <Fee />
      <Proposals />
      <YourVote />
      <Propose />
      <Concentration />
      <Pause />
    </>
  );
}
