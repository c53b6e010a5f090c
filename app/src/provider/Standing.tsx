import { Link } from 'react-router';
import type { Keyed, Kinds } from 'gpu-lease';
import { ProviderRecord } from '../listing/ProviderRecord';
import { Section } from '../ui/Blocks';

/** What renters see of a provider. */
export const Standing = ({ provider }: { provider: Keyed<Kinds['provider']> }) => (
  <Section title="How renters see you">
    <ProviderRecord provider={provider} />
    <p>
      <Link to={`/providers/${provider.address}`}>Over time, and what weighs in it</Link>
    </p>
  </Section>
);
