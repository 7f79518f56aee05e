using Concord.Diagnostics;

namespace Concord.Training;

/// <summary>How a network is attacked.</summary>
/// <param name="Kind">The attack.</param>
/// <param name="Steps">Of PGD.</param>
/// <param name="Seed">Decides where PGD starts.</param>
public sealed record AttackSettings(AttackKind Kind = AttackKind.Fgsm, int Steps = 10, long Seed = 0);
