using Concord.Networks;
using Concord.Numerics;

namespace Concord.Cost;

/// <summary>What one phase takes in one block of the network.</summary>
/// <param name="Block">The block where the work is done, or <see cref="StepWork.Loss"/>.</param>
/// <param name="Phase">What it is done for.</param>
/// <param name="Work">What it takes.</param>
public sealed record BlockCost(string Block, Phase Phase, Work Work);
