import { defineAll } from '../signature.ts';

export const regexFilters = defineAll({});
