import { useChain } from '../chain/Chain';
import { explorerLink } from '../chain/explorer';
import { LongText } from '../ui/Values';

type Props = {
  address: string;
  name?: string | undefined;
  copy?: boolean;
  what?: 'address' | 'signature' | 'fingerprint' | 'key';
};

/** An address, or what is as long, with a link to the cluster's explorer if that shows such things. */
export function AddressText({ address, what = 'address', copy = true, ...rest }: Props) {
  const { cluster } = useChain();
  const shown = what === 'signature' ? 'transaction' : what === 'address' ? 'address' : undefined;
  return (
    <LongText
      text={address}
      what={what}
      copy={copy}
      link={copy && shown ? explorerLink(cluster, shown, address) : undefined}
      {...rest}
    />
  );
}
