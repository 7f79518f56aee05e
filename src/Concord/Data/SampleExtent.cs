using Concord.Data.Events;
using Concord.Numerics;

namespace Concord.Data;

/// <summary>What a network must fit: one sample's shape and the number of classes, or of real targets.</summary>
/// <param name="Shape">[channels, height, width], or [features].</param>
/// <param name="Classes">How many classes there are.</param>
public readonly record struct SampleExtent(Shape Shape, int Classes)
{
    private static readonly Dictionary<string, SampleExtent> s_known = new()
    {
        ["glyphs"] = Grey(10), ["mnist"] = Grey(10), ["mnist-2k"] = Grey(10), ["fashion-mnist"] = Grey(10), ["kmnist"] = Grey(10),
        ["emnist-letters"] = Grey(26), ["emnist-balanced"] = Grey(47), ["cifar-10"] = Colour(10), ["cifar-100"] = Colour(100),
        [ShdSet.Name] = new(new(ShdSet.Neurons), ShdSet.Classes),
        [SpikeOrderSet.Name] = new(new(SpikeOrderSet.Neurons), SpikeOrderSet.Classes.Count),
        [YinYangSet.Name] = new(new(YinYangSet.Features), YinYangSet.Classes.Count),
        [PosturesSet.Name] = new(new(PosturesSet.Features), PosturesSet.Classes.Count),
        [TeacherStudentSet.Name] = new(new(TeacherStudentSet.Inputs), TeacherStudentSet.Outputs),
    };

    /// <summary>That of a data set: of those known by name without reading them, of others from their files.</summary>
    /// <param name="data">The name, or <c>csv:PATH</c>.</param>
    /// <param name="dataRoot">A folder to look in first.</param>
    /// <exception cref="ConcordException">There is no such data set, or it cannot be read.</exception>
    public static SampleExtent Of(string data, string? dataRoot = null)
    {
        if (s_known.TryGetValue(DataSource.Named(data), out var known)) return known;
        var read = Dataset.Load(data, dataRoot);
        return new(read.Shape, read.Classes.Count);
    }

    private static SampleExtent Grey(int classes) => new(new(1, 28, 28), classes);

    private static SampleExtent Colour(int classes) => new(new(3, 32, 32), classes);
}
