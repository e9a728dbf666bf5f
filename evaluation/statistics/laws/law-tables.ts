import type { z } from 'zod';
import {
  CrossoverTrendRow,
  LawCrossoverRow,
  LawCurveRow,
  LawRow,
  ScalingPointRow,
  ScalingRow,
  SelectivityLawRow,
  TargetRow,
  TransferRow,
} from '../law-rows.js';

/** All that a study says about how results grow: with examples, with capability, and at what cost to the rest; each table by the name it is published by. */
export const LAW_TABLES = {
  laws: { name: 'laws', row: LawRow },
  curves: { name: 'law-curves', row: LawCurveRow },
  crossovers: { name: 'law-crossovers', row: LawCrossoverRow },
  targets: { name: 'targets', row: TargetRow },
  transfers: { name: 'transfers', row: TransferRow },
  scaling: { name: 'scaling', row: ScalingRow },
  scalingPoints: { name: 'scaling-points', row: ScalingPointRow },
  trends: { name: 'crossover-trends', row: CrossoverTrendRow },
  selectivity: { name: 'selectivity-laws', row: SelectivityLawRow },
} as const;

export type LawTable = keyof typeof LAW_TABLES;

export type LawTables = { [T in LawTable]: z.infer<(typeof LAW_TABLES)[T]['row']>[] };

export const NO_LAWS: LawTables = {
  laws: [],
  curves: [],
  crossovers: [],
  targets: [],
  transfers: [],
  scaling: [],
  scalingPoints: [],
  trends: [],
  selectivity: [],
};
