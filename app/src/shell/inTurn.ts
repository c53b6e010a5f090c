// What is signed for one request, in turn: what it needs first, then itself.

import { isSignerRole, type Address } from '@solana/kit';
import { advanceNonce, fits, nonceAt, openNonce, receivable, signersOf } from 'gpu-lease';
import type { Chain } from '../chain/Chain';
import type { Review, ReviewRequest } from './useReview';

/** Who has yet to sign. */
export function unsigned({ payer, instructions, prepared }: ReviewRequest): Address[] {
  if (prepared)
    return signersOf(prepared.bytes)
      .filter(({ signed }) => !signed)
      .map(({ address }) => address);
  const needed = instructions.flatMap(({ accounts = [] }) =>
    accounts.filter(({ role }) => isSignerRole(role)).map(({ address }) => address),
  );
  return [...new Set([payer, ...needed])];
}

type Reader = { chain: Chain; account: Address | undefined; isMine: (address: Address) => boolean };

/** Has the reader review all that a request takes, with other token accounts in the place of those that cannot be paid. */
export async function reviewInTurn(
  request: ReviewRequest,
  { chain, account, isMine }: Reader,
  ask: Review,
): ReturnType<Review> {
  if (request.prepared) return ask(request);
  // A node that does not say keeps nobody from looking; the simulation says then what is refused.
  const { opening, instructions } = await receivable(chain, request.payer, request.instructions).catch(
    () => ({ opening: [], instructions: request.instructions }),
  );
  const isAlone = unsigned(request).every(isMine);
  if (isAlone && fits(request.payer, [...opening, ...instructions]))
    return ask({ ...request, instructions: [...opening, ...instructions] });
  // The party that signs after the reader looks at what both do, and at nothing else.
  if (
    opening.length > 0 &&
    !(await ask({ title: 'Open a token account first', payer: request.payer, instructions: opening }))
  )
    return undefined;
  if (isAlone || !request.lasts || !account) return ask({ ...request, instructions });
  const opened = await openNonce(chain, account);
  if (
    !(await ask({
      title: 'Keep it good: open a durable nonce',
      payer: account,
      instructions: opened.instructions,
    }))
  )
    return undefined;
  let nonce = await nonceAt(chain, opened.account);
  // A node that lags behind the one that confirmed it may take a moment.
  for (let look = 0; !nonce && look < 5; look++) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    nonce = await nonceAt(chain, opened.account);
  }
  if (!nonce)
    throw new Error('The node does not show the durable nonce that was opened. Try again in a moment.');
  return ask({ ...request, instructions: [advanceNonce(nonce), ...instructions], nonce });
}
