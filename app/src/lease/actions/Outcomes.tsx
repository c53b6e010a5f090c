import type { Outcome } from 'gpu-lease/rules';
import type { Token } from '../../chain/accounts';
import { TableFrame } from '../../ui/Blocks';
import { Stacked } from '../../ui/List';
import { Amount, GpuHours } from '../../ui/Values';

/** What each end of a dispute means in money. */
export function Outcomes({ outcomes, token }: { outcomes: [string, Outcome][]; token: Token }) {
  return (
    <Stacked>
      <TableFrame label="Possible outcomes">
        <thead>
          <tr>
            <th scope="col">Possible outcomes</th>
            <th scope="col" data-number>
              Back to the payer
            </th>
            <th scope="col" data-number>
              Arbiter’s fee from the renter
            </th>
          </tr>
        </thead>
        <tbody>
          {outcomes.map(([name, { units, closing, feeFromRenter }]) => (
            <tr key={name}>
              <th scope="row">
                {name}
                <br />
                <small>
                  <GpuHours units={units} />
                </small>
              </th>
              <td data-number data-name="Back to the payer">
                <Amount value={closing.refund + closing.credit} token={token} tone="in" />
              </td>
              <td data-number data-name="Arbiter’s fee from the renter">
                <Amount value={feeFromRenter} token={token} tone="out" />
              </td>
            </tr>
          ))}
        </tbody>
      </TableFrame>
    </Stacked>
  );
}
