import { defineAll } from '../signature.ts';

export const pathFilters = defineAll({});
