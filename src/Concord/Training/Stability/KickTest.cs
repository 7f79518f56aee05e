using Concord.Diagnostics;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;

namespace Concord.Training;

/// <summary>Where a rule takes a network that was kicked off a solution.</summary>
public enum KickOutcome
{
    /// <summary>Back, or to a solution beside it: the error falls without rising, to a millionth of what the kick made it.</summary>
    Returns,

    /// <summary>Away, to another solution: the error rises to three times or more what it had fallen to, and then vanishes.</summary>
    FindsAnother,

    /// <summary>Away: the error rises so, and has not vanished within the steps.</summary>
    Leaves,

    /// <summary>Neither: the error has not risen so, and has not fallen so far within the steps.</summary>
    Stays,
}

/// <summary>How steps of a kick test are made. Time is that of dw/dt = -G'e: a step takes as much of it as its rate.</summary>
/// <param name="FineRate">Of the steps that the exponent is fitted on; null for 0.1 over the kernel's largest eigenvalue.</param>
/// <param name="CoarseRate">Of the long run; null for 0.5 over that.</param>
/// <param name="Steps">The most steps of each.</param>
public sealed record KickSettings(double? FineRate = null, double? CoarseRate = null, int Steps = 60_000)
{
    /// <summary>Standard deviation of the noise on each weight before the exponent is fitted.</summary>
    public const double SmallKick = 1e-6;

    /// <summary>The same before the long run.</summary>
    public const double LargeKick = 1e-3;
}

/// <summary>What a rule makes of a network whose weights were kicked off a solution by noise.</summary>
/// <param name="Exponent">
/// Rate of decay of |e| in time, below zero of growth: fitted on the second half of the steps while the error is between rounding and
/// 1e-3, after a small kick. It lies between the kernel's leading eigenvalues, at the least one where the time is long enough.
/// </param>
/// <param name="Alignment">That of the update right after the small kick.</param>
/// <param name="Outcome">What the long run after the larger kick came to.</param>
/// <param name="Rise">The most that |e| rose to on that run, over the least that it had fallen to by then; 1 where it never rose.</param>
/// <param name="Error">|e| at its end.</param>
/// <param name="Distance">How far its weights have gone from the solution, relative to their norm there.</param>
/// <param name="Steps">The steps of that run; it ends early where the error has vanished.</param>
public sealed record KickTest(
    double Exponent, UpdateAlignment Alignment, KickOutcome Outcome, double Rise, double Error, double Distance, int Steps)
{
    private const double Ceiling = 1e-3, Floor = 1e-12, Away = 3, Vanished = 1e-6;

    /// <summary>The outcome in words.</summary>
    public string OutcomeName => Outcome switch
    {
        KickOutcome.Returns => "settles nearby",
        KickOutcome.FindsAnother => "finds another solution",
        KickOutcome.Leaves => "leaves",
        _ => "stays",
    };

    /// <summary>Makes the test.</summary>
    /// <param name="point">The solution.</param>
    /// <param name="rule">Makes the rule, another each time.</param>
    /// <param name="settings">Rates and steps.</param>
    /// <param name="largest">The largest absolute eigenvalue of the kernel there.</param>
    /// <param name="cancellation">Breaks off between steps.</param>
    internal static KickTest Of(InterpolatedNetwork point, Func<LearningRule> rule, KickSettings settings, double largest,
        CancellationToken cancellation)
    {
        var (exponent, alignment) = Fit(Kicked(point, rule, KickSettings.SmallKick, "small"), settings.FineRate ?? 0.1 / largest,
            Math.Max(Floor, 100 * point.Error), settings.Steps, cancellation);

        var learner = Kicked(point, rule, KickSettings.LargeKick, "large");
        var (rate, first, least, rise, error, steps) =
            (settings.CoarseRate ?? 0.5 / largest, double.NaN, double.PositiveInfinity, 1.0, double.NaN, 0);
        while (steps < settings.Steps)
        {
            cancellation.ThrowIfCancellationRequested();
            error = Step(learner, rate);
            if (steps++ == 0) first = error;
            least = Math.Min(least, error);
            rise = Math.Max(rise, error / least);
            if (!double.IsFinite(error) || error < Floor) break;
        }
        var left = !(rise < Away);   // not-a-number has left
        var vanished = error < Vanished * first;
        return new(exponent, alignment, left ? vanished ? KickOutcome.FindsAnother : KickOutcome.Leaves
            : vanished ? KickOutcome.Returns : KickOutcome.Stays, rise, error, point.DistanceOf(learner.Network), steps);
    }

    private static Learner Kicked(InterpolatedNetwork point, Func<LearningRule> rule, double kick, string name)
    {
        var (learner, stream) = (point.Learner(rule), RandomStream.FromSeed(point.Seed).Split("kick").Split(name));
        foreach (var parameter in learner.Network.Parameters.Where(parameter => !parameter.Frozen))
        {
            var noise = point.Kernels.Allocate(parameter.Shape, Role.Weight);
            point.Kernels.FillNormal(stream.Split(parameter.Name), 0, kick, noise);
            point.Kernels.Combine(1, noise, 1, parameter.Value);
        }
        return learner;
    }

    private static (double Exponent, UpdateAlignment Alignment) Fit(Learner learner, double rate, double floor, int steps,
        CancellationToken cancellation)
    {
        var alignment = UpdateAlignment.Of(learner.Plan, learner.Pass, learner.Objective, training: true);
        List<double> logs = [];
        while (logs.Count < steps)
        {
            cancellation.ThrowIfCancellationRequested();
            var error = Step(learner, rate);
            if (!(error > floor && error < Ceiling)) break;
            logs.Add(Math.Log(error));
        }
        return (-Slope(logs[(logs.Count / 2)..]) / rate, alignment);
    }

    // The learner divides by the samples; time is that of the sum.
    private static double Step(Learner learner, double rate)
    {
        learner.Step(rate * learner.Pass.Rows);
        return Math.Sqrt(learner.Kernels.SumSquares(learner.Pass.Error));
    }

    // Of the least squares line, per step.
    private static double Slope(List<double> values)
    {
        if (values.Count < 2) return double.NaN;
        double middle = (values.Count - 1) / 2.0, mean = values.Average(), products = 0, squares = 0;
        for (var i = 0; i < values.Count; i++)
        {
            products += (i - middle) * (values[i] - mean);
            squares += (i - middle) * (i - middle);
        }
        return products / squares;
    }
}
