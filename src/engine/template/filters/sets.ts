import { defineAll } from '../signature.ts';

export const setFilters = defineAll({});
