// gpu-lease for TypeScript. The rules of the program, as WebAssembly, are in `gpu-lease/rules`.

export * from './account';
export * from './addresses';
export * from './attestation';
export * from './calls';
export * from './clock';
export * from './context';
export * from './credentials';
export * from './domain';
export * from './fits';
export * from './follow';
export * from './generated';
export * from './history';
export * from './instruction';
export * from './node';
export * from './nonce';
export * from './published';
export * from './receivable';
export * from './seen';
export * from './send';
export * from './sha256';
export * from './text';
export * from './transaction';
export * from './transport';
