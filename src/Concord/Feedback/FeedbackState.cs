using Concord.Numerics;

namespace Concord.Feedback;

/// <summary>What feedback gets to draw itself: an engine, random streams, a place in checkpoints.</summary>
public class FeedbackState
{
    private readonly RandomStream _stream;

    /// <summary>A state in which nothing is drawn yet.</summary>
    /// <param name="kernels">The engine.</param>
    /// <param name="stream">The stream of feedback.</param>
    public FeedbackState(Kernels kernels, RandomStream stream) => (Kernels, _stream, Memory) = (kernels, stream, new());

    private protected FeedbackState(FeedbackState other) => (Kernels, _stream, Memory) = (other.Kernels, other._stream, other.Memory);

    /// <summary>The engine.</summary>
    public Kernels Kernels { get; }

    /// <summary>What was registered.</summary>
    internal FeedbackMemory Memory { get; }

    /// <summary>A stream for feedback, named after what it is for and where, so that no other layer or rule changes the draw.</summary>
    public RandomStream Stream(string name) => _stream.Split(name);

    /// <summary>Registers a feedback tensor, to be kept in checkpoints and counted as memory.</summary>
    /// <param name="name">Its name, unique in the run.</param>
    /// <param name="tensor">The tensor.</param>
    /// <param name="extraWords">Words that the feedback takes in addition: indices, magnitudes.</param>
    public void Keep(string name, Tensor tensor, long extraWords = 0)
    {
        Memory.Tensors.Add(($"feedback.{name}", tensor));
        Count(tensor.Length + extraWords);
    }

    /// <summary>Registers a number, to be kept in checkpoints.</summary>
    /// <param name="name">Its name, unique in the run.</param>
    /// <param name="counter">The number.</param>
    public void Keep(string name, Counter counter) => Memory.Counters.Add((name, counter));

    /// <summary>Counts memory of feedback that no checkpoint needs, because it follows from the weights and the step.</summary>
    /// <param name="words">How many words.</param>
    public void Count(long words) => Memory.Words += words;

    /// <summary>The same of a tensor, and of words that the feedback takes in addition.</summary>
    internal void Count(Tensor tensor, long extraWords = 0)
    {
        Memory.Others.Add(tensor);
        Count(tensor.Length + extraWords);
    }

    /// <summary>Allocates a tensor that no checkpoint needs, and counts it.</summary>
    internal Tensor Allocate(Shape shape, Role role)
    {
        var tensor = Kernels.Allocate(shape, role);
        Count(tensor);
        return tensor;
    }
}

/// <summary>What all feedback of a run registered.</summary>
internal sealed class FeedbackMemory
{
    public List<(string Name, Tensor Tensor)> Tensors { get; } = [];

    /// <summary>Tensors that no checkpoint needs.</summary>
    public List<Tensor> Others { get; } = [];

    public List<(string Name, Counter Counter)> Counters { get; } = [];

    public long Words { get; set; }

    /// <summary>Bytes of copies in bf16.</summary>
    public long CopyBytes => Tensors.Sum(kept => kept.Tensor.CopyBytes) + Others.Sum(tensor => tensor.CopyBytes);
}
