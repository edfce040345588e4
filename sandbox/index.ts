export type * from './contract.ts';
export { type RunningSandbox, type SandboxOptions, startSandbox } from './server/sandbox.ts';
