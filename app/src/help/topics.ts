// Help, page by page: short answers, and the document that has the whole of it.

export type Topic = {
  title: string;
  answers: [question: string, answer: string][];
  /** A file under `docs/` of the sources. */
  document: string;
};

const TOPICS: [path: RegExp, topic: Topic][] = [
  [
    /^\/rent\//,
    {
      title: 'Renting',
      document: 'protocol/money.md',
      answers: [
        [
          'What do I pay?',
          'The price per GPU-hour for what is delivered, counted by the second, and the fee that is shown. The rest of the deposit comes back to you.',
        ],
        [
          'What if it never starts?',
          'You can cancel until it starts, and after the deadline anyone can. You get all of it back.',
        ],
        [
          'What if the GPUs are down?',
          'You do not pay for time that is not delivered. If the provider stays below the uptime that it promised, you also get a credit out of its bond.',
        ],
        [
          'Can I deposit less than the whole price?',
          'Yes. The lease runs for as long as the deposit lasts, and you can top up at any time.',
        ],
      ],
    },
  ],
  [
    /^\/leases\/./,
    {
      title: 'A lease',
      document: 'protocol/life-of-a-lease.md',
      answers: [
        [
          'How do I reach the machine?',
          'Show the credentials. They are encrypted so that only you can read them, and are decrypted on this page. Where the machine takes SSH, they are a command to copy, and files to save.',
        ],
        [
          'Why can I not read them here?',
          'Another key may open them: choose the access key file that was saved when the lease was opened. The command line reads the same file.',
        ],
        [
          'Is the usage right?',
          'The provider reports it. A report is final when you co-sign it, or when its challenge window ends. Until then you can dispute it.',
        ],
        ['What if the money runs out?', 'The provider may stop. Top up before or after that to go on.'],
        [
          'How do I end it?',
          'Give notice under “More”, or let it run out. After the end, close it: the vault is divided and your refund is paid.',
        ],
        [
          'What if the provider falls silent?',
          'After the silence that the terms name, you can end the lease. The provider’s bond covers the rest.',
        ],
      ],
    },
  ],
  [
    /^\/figures|^\/providers/,
    {
      title: 'Prices and figures',
      document: 'guides/hosting.md',
      answers: [
        [
          'Where do these come from?',
          'From an indexer, which remembers every transaction of the program. Figures over time are shown as it tells them.',
        ],
        [
          'What weighs in a provider’s record?',
          'Leases of others that paid a fee. Anybody can rent from himself for nothing, so such leases are counted apart.',
        ],
      ],
    },
  ],
  [
    /^\/leases|^\/spending/,
    {
      title: 'Your leases',
      document: 'protocol/life-of-a-lease.md',
      answers: [
        [
          'Which leases are here?',
          'All leases in which this account is the renter, payer, provider, operator, session key or arbiter.',
        ],
        [
          'Where is one that I closed?',
          'Under “Past leases”, with its receipt, if an indexer remembers it. Its page still shows what happened, at the same link, as long as the node keeps the history.',
        ],
        [
          'Can I rely on a receipt?',
          'Its sums are added up here from single payments, and each is compared with what the node says of its transaction. Where anything differs, no sums are shown.',
        ],
      ],
    },
  ],
  [
    /^\/sign/,
    {
      title: 'Signing together',
      document: 'protocol/signatures.md',
      answers: [
        [
          'What is this for?',
          'Some changes need two signatures: more GPUs, a close that both agree on, a sponsor who pays. One party prepares and signs, the other signs here.',
        ],
        [
          'How long is it good?',
          'About a minute, or as long as was chosen when it was prepared. The party that signed first can withdraw it here until the other party has signed.',
        ],
        [
          'Is it safe to paste?',
          'The page reads what the transaction does and shows it before you sign. It refuses whatever it does not know.',
        ],
      ],
    },
  ],
  [
    /^\/provider/,
    {
      title: 'Providing GPUs',
      document: 'protocol/attestations.md',
      answers: [
        [
          'When am I paid?',
          'When a usage report is final: as soon as the renter co-signs it, or when its challenge window ends. Then collect what is due.',
        ],
        [
          'How often do I report?',
          'Within the heartbeat of your terms. If you are silent for longer, the renter may end the lease, and your bond covers the rest.',
        ],
        [
          'What happens to my bond?',
          'It returns at the end, less a credit for uptime that you promised and did not deliver.',
        ],
        [
          'What are attestor and operator?',
          'Keys for machines. The attestor signs usage and moves no money. The operator starts leases with bonds from the bond accounts.',
        ],
      ],
    },
  ],
  [
    /^\/governance/,
    {
      title: 'Governance',
      document: 'protocol/governance.md',
      answers: [
        [
          'Who decides?',
          'Holders who lock their tokens. If the fee would rise, those who paid fees can refuse it.',
        ],
        [
          'Does a vote change my lease?',
          'No. An open lease keeps the fee and the terms that its renter signed.',
        ],
        [
          'Why lock tokens?',
          'Locked tokens cannot be borrowed for a vote. They are yours again when the lock ends.',
        ],
      ],
    },
  ],
  [
    /^\/$/,
    {
      title: 'The market',
      document: 'protocol/money.md',
      answers: [
        [
          'How do I start?',
          'Say how many GPUs you need, and for how long. The cheapest match is shown first, with its full price.',
        ],
        [
          'Who holds my money?',
          'The program, in a vault of your lease. It pays the provider for what was delivered and sends the rest back to you.',
        ],
        [
          'Can I trust a provider?',
          'Look at what it delivered before, at the uptime that it promises, and at its bond, which backs that promise.',
        ],
      ],
    },
  ],
];

/** What there is to say about a view. */
export const topicOf = (pathname: string): Topic =>
  (TOPICS.find(([path]) => path.test(pathname)) ?? TOPICS.at(-1)!)[1];
