import type {
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

/** All that a study says about how results grow: with examples, with capability, and at what cost to the rest. */
export type LawTables = {
  laws: LawRow[];
  curves: LawCurveRow[];
  crossovers: LawCrossoverRow[];
  targets: TargetRow[];
  transfers: TransferRow[];
  scaling: ScalingRow[];
  scalingPoints: ScalingPointRow[];
  trends: CrossoverTrendRow[];
  selectivity: SelectivityLawRow[];
};

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
