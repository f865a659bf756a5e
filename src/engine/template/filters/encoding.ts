import { defineAll } from '../signature.ts';

export const encodingFilters = defineAll({});
