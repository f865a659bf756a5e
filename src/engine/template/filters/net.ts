import { defineAll } from '../signature.ts';

export const netFilters = defineAll({});
