// What a test puts between page and validator: a cable to cut, and a node that loses answers, refuses and lies.

import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

export type Cable = { url: string; cut(): void; repair(): void; remove(): void };

/** Forwards a free port to `target`, an address of this machine. */
export async function cable(target: string): Promise<Cable> {
  const { protocol, hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return near.destroy();
    const far = connect(Number(port), hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on('error', () => one.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
    return near;
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    isCut = true;
    open.forEach((socket) => socket.destroy());
  };
  return {
    url: `${protocol}//127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    repair: () => void (isCut = false),
    remove: () => {
      cut();
      server.close();
    },
  };
}

/** What a node that lies does with a request: `forward` asks the real one, for the same or for something else. `'closed'` closes the connection without an answer. */
export type Behaviour = (
  request: RpcRequest,
  forward: (other?: RpcRequest) => Promise<RpcAnswer | Broken>,
) => Promise<RpcAnswer | Broken>;
type Broken = 'closed' | number;
export type RpcRequest = { method: string; params: unknown[] };
export type RpcAnswer = { result?: unknown; error?: { code: number; message: string } };

export type Node = { url: string; behave(behaviour: Behaviour): void; remove(): void };

/** Several ways at once, the first outermost. */
export const together = (...ways: Behaviour[]): Behaviour =>
  ways.reduceRight<Behaviour>(
    (inner, outer) => (request, forward) => outer(request, (other = request) => inner(other, forward)),
    (request, forward) => forward(request),
  );

const only =
  (methods: string[], way: Behaviour): Behaviour =>
  (request, forward) =>
    methods.includes(request.method) ? way(request, forward) : forward();

/** Answers nothing but this, 429 or 502 or a closed connection, to some methods. */
export const failing = (answer: Broken, ...methods: string[]) => only(methods, async () => answer);

/** A node that is late with every answer to these methods. */
export const slow = (ms: number, ...methods: string[]) =>
  only(methods, async (_, forward) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return forward();
  });

/** Pays no heed to some options of a method. */
export const ignoring = (method: string, ...options: string[]) =>
  only([method], (request, forward) => {
    const [subject, rest] = request.params as [unknown, Record<string, unknown>];
    return forward({
      ...request,
      params: [subject, Object.fromEntries(Object.entries(rest).filter(([name]) => !options.includes(name)))],
    });
  });

const changing = (method: string, change: (result: unknown[]) => unknown[]) =>
  only([method], async (_, forward) => {
    const answer = await forward();
    return typeof answer === 'object' && Array.isArray(answer.result)
      ? { ...answer, result: change(answer.result) }
      : answer;
  });

export const doubling = (method: string) =>
  changing(method, (items) => items.flatMap((item) => [item, item]));

/** Lists some only: by their index. */
export const dropping = (method: string, isKept: (index: number) => boolean) =>
  changing(method, (items) => items.filter((_, index) => isKept(index)));

export type Listed = { pubkey: string; account: { data: [string, string] } & Record<string, unknown> };

/** Lists other accounts of the program than there are. */
export const listing = (change: (accounts: Listed[], request: RpcRequest) => Listed[]) =>
  only(['getProgramAccounts'], async (request, forward) => {
    const answer = await forward();
    const result =
      typeof answer === 'object' ? (answer.result as { value: Listed[] } | undefined) : undefined;
    return result ? { result: { ...result, value: change(result.value, request) } } : answer;
  });

/** Has transactions of a version that nobody reads yet: those whose text says so. */
export const otherVersion = (isNewer: (log: string) => boolean): Behaviour =>
  only(['getTransaction'], async (_, forward) => {
    const answer = await forward();
    const log = JSON.stringify(answer);
    return isNewer(log)
      ? {
          error: {
            code: -32015,
            message: 'Transaction version (2) is not supported by the requesting client',
          },
        }
      : answer;
  });

/** An RPC node in front of that at `target`: honest, until it is told to behave otherwise. A number is the status of HTTP that it answers. */
export async function node(target: string): Promise<Node> {
  const honest: Behaviour = (_, forward) => forward();
  let behaviour = honest;
  const headers = {
    'access-control-allow-origin': '*',
    'access-control-allow-headers': '*',
    'content-type': 'application/json',
  };
  const server = createHttpServer(async (request, response) => {
    if (request.method === 'OPTIONS') return response.writeHead(204, headers).end();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const asked = JSON.parse(body.toString()) as RpcRequest & { id: unknown };
    const forward = async (other?: RpcRequest) => {
      const answer = await fetch(target, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: other ? JSON.stringify({ ...asked, ...other }) : body,
      });
      return (await answer.json()) as RpcAnswer;
    };
    const answer = await behaviour(asked, forward);
    if (answer === 'closed') return request.socket.destroy();
    if (typeof answer === 'number') return response.writeHead(answer, headers).end();
    return response.writeHead(200, headers).end(JSON.stringify({ jsonrpc: '2.0', id: asked.id, ...answer }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    behave: (other) => void (behaviour = other),
    remove: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
