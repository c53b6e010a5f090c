import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { textOf } from 'gpu-lease';
import { ProviderRecord } from '../listing/ProviderRecord';
import type { Row } from '../listing/row';
import { Fact, Facts, Callout, Section } from '../ui/Blocks';
import { harmless, harmlessLines } from '../ui/harmless';
import { AddressText } from '../onchain/AddressText';
import { fingerprint, fingerprintOf, readDescription } from './description';
import { keys } from '../chain/keys';

/** What is offered and by whom, in the provider's words and by its record on chain. */
export function Listing({ row: { offer, provider } }: { row: Row }) {
  const { carbonIntensity, descriptionHash, descriptionUri } = offer.listing;
  const description = readDescription(textOf(descriptionUri));
  const text = description && 'text' in description ? description.text : undefined;
  const promised = fingerprint(descriptionHash);
  const { data: found } = useQuery({
    queryKey: keys.fingerprint(text),
    queryFn: () => fingerprintOf(text ?? ''),
    enabled: text !== undefined,
    staleTime: Infinity,
    refetchInterval: false,
  });
  return (
    <Section title="The GPUs and their provider">
      {text !== undefined && <p>{harmlessLines(text)}</p>}
      {found && promised && found !== promised && (
        <Callout tone="risk">
          This text is not the one whose fingerprint the provider put on chain. Do not rely on it.
        </Callout>
      )}
      {provider && <ProviderRecord provider={provider} />}
      <Facts>
        {description && 'url' in description && (
          <Fact label="Description">
            <a href={description.url} target="_blank" rel="noreferrer">
              {new URL(description.url).host}
            </a>
          </Fact>
        )}
        {description && 'uri' in description && (
          <Fact label="Description">
            <bdi>{harmless(description.uri)}</bdi>
          </Fact>
        )}
        {promised && description && (
          <Fact
            label={
              found === promised
                ? 'Fingerprint of this text, the same as on chain'
                : 'Fingerprint of the description (sha256)'
            }
          >
            <AddressText address={promised} what="fingerprint" />
          </Fact>
        )}
        <Fact label="Power">
          {carbonIntensity > 0
            ? `${carbonIntensity} gCO2e/kWh, as declared`
            : 'carbon intensity not declared'}
        </Fact>
        <Fact label="Provider">
          <AddressText address={offer.provider} /> <Link to={`/providers/${offer.provider}`}>over time</Link>
        </Fact>
      </Facts>
    </Section>
  );
}
