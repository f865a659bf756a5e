import { defineAll } from '../signature.ts';

export const mathFilters = defineAll({});
