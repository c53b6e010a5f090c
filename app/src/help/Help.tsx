import { useLocation } from 'react-router';
import { useChain } from '../chain/Chain';
import { Dialog } from '../ui/Dialog';
import { topicOf } from './topics';

/** Answers about the view that is open. */
export function Help({ onClose }: { onClose: () => void }) {
  const { cluster } = useChain();
  const { title, answers, document } = topicOf(useLocation().pathname);
  return (
    <Dialog title={`Help: ${title}`} onClose={onClose}>
      {answers.map(([question, answer]) => (
        <section key={question}>
          <h3>{question}</h3>
          <p>{answer}</p>
        </section>
      ))}
      <p>
        <small>
          Every rule:{' '}
          {cluster.docs && /^https?:\/\//i.test(cluster.docs) ? (
            <a href={`${cluster.docs.replace(/\/$/, '')}/${document}`} target="_blank" rel="noreferrer">
              {document}
            </a>
          ) : (
            <>
              <code>docs/{document}</code> in the sources
            </>
          )}
          . Nothing here is audited.
        </small>
      </p>
    </Dialog>
  );
}
