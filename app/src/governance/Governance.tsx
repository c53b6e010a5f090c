import { PageTitle } from '../ui/Blocks';
import { Concentration } from './Concentration';
import { Course } from './Course';
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
        Holders who lock their tokens decide. Those who have paid fees can refuse a higher one. What passes
        waits before it can be executed, and never changes an open lease.
      </PageTitle>
      <Fee />
      <Proposals />
      <Course />
      <YourVote />
      <Propose />
      <Concentration />
      <Pause />
    </>
  );
}
