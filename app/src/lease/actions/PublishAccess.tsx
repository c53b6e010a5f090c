import { publishAccess, type LeaseContext } from 'gpu-lease';
import { useCredentials } from '../../access/useCredentials';
import { ActionDialog } from './ActionDialog';

/** Puts other credentials in the place of those that the renter has, when the machine has moved. */
export function PublishAccess({ context, onClose }: { context: LeaseContext; onClose: () => void }) {
  const { field, isReady, encrypted } = useCredentials(context.lease);
  return (
    <ActionDialog
      context={context}
      onClose={onClose}
      title="Replace the credentials"
      isReady={isReady}
      instructions={async (key) => [await publishAccess(context, key, encrypted())]}
    >
      <p>
        Use this when the machine has moved. The renter sees when the credentials were replaced, and by which
        of your keys. Once this is confirmed, enable the new ones and disable the old ones.
      </p>
      {field}
    </ActionDialog>
  );
}
