import type { FunctionTable } from '../signature.ts';

export const netTests: FunctionTable = {};
