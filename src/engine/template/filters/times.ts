import { defineAll } from '../signature.ts';

export const timeFilters = defineAll({});
