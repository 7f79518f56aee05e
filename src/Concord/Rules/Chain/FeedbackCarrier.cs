using Concord.Feedback;
using Concord.Layers;
using Concord.Numerics;
using Concord.Optimizers;

namespace Concord.Rules;

/// <summary>
/// What a signal crosses one connection through in a weight's place, and its whole life: it draws itself, may prepare itself before the
/// first step, follow its weight in every pass and move after every so many steps. <see cref="ChainRule"/> sees to it that all this is done
/// when it is due.
/// </summary>
/// <param name="connection">What it stands for.</param>
public abstract class FeedbackCarrier(Connection connection) : Carrier
{
    /// <summary>What it stands for.</summary>
    public Connection Connection => connection;

    /// <summary>The weight it stands for.</summary>
    protected Parameter Weight => connection.Weight;

    /// <summary>What it reads beyond the weight.</summary>
    public virtual Needs Needs => Needs.None;

    /// <summary>
    /// The tensors that options may make larger than memory; asked of all carriers of a rule before any of them is drawn.
    /// </summary>
    public virtual IEnumerable<TensorMemory.Extent> Extents => [];

    /// <summary>Draws itself, and registers what a checkpoint keeps of it.</summary>
    public abstract void Draw(FeedbackState state);

    /// <summary>How many times it moves before the first step.</summary>
    public virtual int PreparationSteps => 0;

    /// <summary>Moves before the first step. Each run does it once: a checkpoint of a later step has what it came to.</summary>
    /// <param name="context">What there is by then.</param>
    /// <param name="move">Which move, from 1 to <see cref="PreparationSteps"/>.</param>
    public virtual void Prepare(PreparationContext context, int move) { }

    /// <summary>Becomes what belongs to the weight and the step of a pass. A function of these two: a probe may do it again.</summary>
    public virtual void Follow(Kernels kernels, long step) { }

    /// <summary>
    /// After how many steps it moves again, the first time after so many; 0 if it never does, or at the beginning of a run alone.
    /// </summary>
    public virtual int Period => 0;

    /// <summary>Whether it moves after that many steps.</summary>
    public virtual bool IsDue(long steps) => Period > 0 && steps % Period == 0;

    /// <summary>Moves after the weights have moved; called when it is due, and never by a probe.</summary>
    public virtual void Adapt(Update update) { }
}
