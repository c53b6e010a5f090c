import { useState } from 'react';
import { pause, unpause } from 'gpu-lease';
import { program } from 'gpu-lease/rules';
import { useProtocol } from '../chain/accounts';
import { useNow } from '../chain/clock';
import { useReview } from '../shell/useReview';
import { Actions, Callout, Section } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { Form } from '../ui/Form';
import { TextField } from '../ui/Field';
import { parseNumber } from '../ui/number';
import { AddressText } from '../onchain/AddressText';
import { Time } from '../ui/Values';
import { useWallets } from '../wallet/Wallets';

/** Whether new leases are taken, and the guardian's one power. */
export function Pause() {
  const { pausedUntil, pauseAllowedFrom, guardian } = useProtocol();
  const { account } = useWallets();
  const review = useReview();
  const now = useNow();
  const [hours, setHours] = useState('24');
  const { maxPause, pauseCooldown } = program().bounds();
  const isPaused = pausedUntil > now;
  const read = parseNumber(hours);
  const seconds = typeof read === 'number' ? Math.round(read * 3_600) : 0;
  const error =
    typeof read === 'string'
      ? read
      : seconds > 0 && seconds <= maxPause
        ? undefined
        : `More than 0 and at most ${maxPause / 3_600} hours.`;
  return (
    <Section title="Emergency pause">
      <p>
        The guardian <AddressText address={guardian} /> can stop new leases for at most {maxPause / 3_600}{' '}
        hours, and then not again for {pauseCooldown / 3_600} hours. It cannot move money or touch running
        leases.
      </p>
      {isPaused ? (
        <Callout tone="risk">
          New leases are paused until <Time at={pausedUntil} />.
        </Callout>
      ) : (
        <Callout tone="in">New leases can be opened.</Callout>
      )}
      {account?.address === guardian &&
        (isPaused ? (
          <Actions>
            <Button
              onClick={async () =>
                void review({
                  title: 'End the pause',
                  payer: guardian,
                  instructions: [await unpause(guardian, pausedUntil)],
                })
              }
            >
              End the pause
            </Button>
          </Actions>
        ) : (
          <Form
            onSubmit={async () =>
              void review({
                title: 'Pause new leases',
                payer: guardian,
                instructions: [await pause(guardian, seconds)],
              })
            }
          >
            <TextField
              label="Hours"
              inputMode="decimal"
              value={hours}
              onChange={(event) => setHours(event.target.value)}
              error={error}
            />
            {pauseAllowedFrom > now && (
              <Callout>
                The next pause may begin at <Time at={pauseAllowedFrom} />.
              </Callout>
            )}
            <Actions>
              <Button type="submit" look="risk" disabled={error !== undefined || pauseAllowedFrom > now}>
                Pause new leases
              </Button>
            </Actions>
          </Form>
        ))}
    </Section>
  );
}
