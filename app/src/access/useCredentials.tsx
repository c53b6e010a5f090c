import { useState } from 'react';
import type { Kinds } from 'gpu-lease';
import { program } from 'gpu-lease/rules';
import { TextArea } from '../ui/Field';

/** The field for a lease's credentials, and what is typed there as only its renter can read it. */
export function useCredentials({ accessKey }: Pick<Kinds['lease'], 'accessKey'>) {
  const [credentials, setCredentials] = useState('');
  const most = program().bounds().maxCredentials;
  const size = new TextEncoder().encode(credentials).length;
  const isEmpty = credentials.trim() === '';
  const tooLong =
    size > most
      ? `This takes ${size} bytes and only ${most} fit; shorten it, for instance to an address where they can be found.`
      : undefined;
  const field = (
    <TextArea
      label="Access credentials"
      value={credentials}
      placeholder={'ssh renter@203.0.113.7\npassword …'}
      onChange={(event) => setCredentials(event.target.value)}
      error={tooLong}
      hint={
        isEmpty
          ? 'How the renter reaches the GPUs. They are encrypted in this page; only the renter can read them.'
          : `${size} of ${most} bytes. Encrypted in this page; only the renter can read them.`
      }
    />
  );
  const encrypted = () =>
    program().encryptAccess(accessKey as Uint8Array, credentials, crypto.getRandomValues(new Uint8Array(32)));
  return { field, isReady: !isEmpty && tooLong === undefined, encrypted };
}
