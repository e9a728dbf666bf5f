import type { Claim, ClaimSet } from '../../schemas/claims.js';
import { didYouMean } from '../../schemas/suggestion.js';

/** The stages a claim is about. */
export function claimStages(claim: Claim): string[] {
  switch (claim.rule) {
    case 'ahead-with-few':
    case 'spares-others':
      return [claim.better, claim.than];
    case 'crosses':
      return [claim.first, claim.second];
    default:
      return [claim.stage];
  }
}

/** Why a study cannot be judged by these claims, from its plan alone: stages they name, budgets they need. */
export function claimIssues(
  { name, claims, few }: ClaimSet,
  { stages, budgets }: { stages: readonly string[]; budgets: readonly number[] },
): string[] {
  const missing = Object.entries(claims).flatMap(([id, claim]) =>
    claimStages(claim)
      .filter((stage) => !stages.includes(stage))
      .map(
        (stage) =>
          `claim ${id} of ${name}: found no stage "${stage}", expected one of ${stages.join(', ')}${didYouMean(stage, stages)}`,
      ),
  );
  const isFew = budgets.some((n) => n <= few);
  const isMost = budgets.some((n) => n > few);
  if (isFew && isMost) return missing;
  return [
    ...missing,
    `claims ${name}: found budgets ${budgets.join(', ')}, expected some up to ${few} examples and some above`,
  ];
}
