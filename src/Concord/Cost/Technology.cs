using System.Globalization;
using Concord.Interchange;
using Concord.Numerics;
using Concord.Options;

namespace Concord.Cost;

/// <summary>
/// What operations and words cost in energy, in picojoules. <see cref="Assumptions"/> says what is charged and what is left out.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="Add">An addition of two 32-bit floating-point numbers.</param>
/// <param name="Multiply">A multiplication.</param>
/// <param name="Parameters">A 32-bit word of weights, feedback or gradients, read or written.</param>
/// <param name="Activations">A 32-bit word of activations or errors, read or written.</param>
/// <param name="Source">Where the figures are from and what they assume.</param>
public sealed record Technology(string Name, double Add, double Multiply, double Parameters, double Activations, string Source)
{
    private const string Horowitz = "Horowitz 2014 (ISSCC), 45 nm, 0.9 V: 32-bit float add 0.9 pJ, multiply 3.7 pJ; ";
    private const int LongestFile = 64 * 1024;
    private const string Halved = "; per 64 bits, so half for a word; a write as a read";

    /// <summary>What every technology here assumes.</summary>
    public const string Assumptions = "A multiply-accumulate is a multiplication and an addition; a word is charged once for each "
        + "operation that reads or writes it; registers, control, leakage and elementwise arithmetic are not charged.";

    private static readonly OptionType<double> s_picojoules =
        OptionType.Number(0).Called("picojoules, a number of at least 0 with a point for decimals, "
            + "or a technology before the figures that has it: horowitz-sram,add=PJ");

    private static readonly Option<double>
        s_add = new("add", s_picojoules, "An addition of two 32-bit floating-point numbers."),
        s_multiply = new("multiply", s_picojoules, "A multiplication of two 32-bit floating-point numbers."),
        s_parameters = new("parameters", s_picojoules, "A 32-bit word of weights, feedback or gradients, read or written."),
        s_activations = new("activations", s_picojoules, "A 32-bit word of activations or errors, read or written.");

    private static readonly string[] s_keys = [s_add.Key, s_multiply.Key, s_parameters.Key, s_activations.Key];

    /// <summary>The technologies that have a name. The first is the default.</summary>
    public static IReadOnlyDictionary<string, Technology> ByName { get; } = new Technology[]
    {
        new("horowitz-sram", 0.9, 3.7, 50, 10,
            $"{Horowitz}parameters in 1 MB of SRAM at 100 pJ, activations and errors in 32 KB at 20 pJ{Halved}"),
        new("horowitz-dram", 0.9, 3.7, 650, 50, $"{Horowitz}parameters in DRAM at 1.3 nJ, the low end of 1.3 to 2.6 nJ an access, "
            + $"activations and errors in 1 MB of SRAM at 100 pJ{Halved}"),
        new("horowitz-local", 0.9, 3.7, 5, 5, $"{Horowitz}everything in 8 KB memories next to the arithmetic at 10 pJ{Halved}"),
    }.ToDictionary(technology => technology.Name);

    /// <summary>The one that is taken unless another is asked for.</summary>
    public static Technology Default => ByName["horowitz-sram"];

    /// <summary>
    /// Reads a technology: a name; or figures as <c>add=0.9,multiply=3.7,parameters=50,activations=10</c>, after a name those that
    /// differ from it; or a file with such figures, one per line, where # begins a comment.
    /// </summary>
    /// <exception cref="ConcordException">It cannot be read, or a figure is missing.</exception>
    public static Technology Parse(string text)
    {
        if (KnownWords.Meant(text, ByName.Keys) is { } known) return ByName[known];
        if (!text.Contains('=', StringComparison.Ordinal) && !File.Exists(text))
            throw new ConcordException($"There is no technology '{text}', and no file of that name. "
                + $"{KnownWords.Hint(text, [.. ByName.Keys])} Or give add=PJ,multiply=PJ,parameters=PJ,activations=PJ.");
        var isFile = !text.Contains('=', StringComparison.Ordinal);
        var words = isFile ? Lines(text) : text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Technology? under = null;
        Dictionary<string, string> given = [];
        foreach (var word in words)
        {
            var (key, value) = OptionWords.Split(word);
            if (value is null) under = KnownWords.Find("technology", word, ByName);
            else if (!s_keys.Contains(key.Trim())) throw OptionValues.Unknown("A technology", key.Trim(), s_keys);
            else if (!given.TryAdd(key.Trim(), value.Trim())) throw new ConcordException($"The figure {key} was given twice.");
        }
        var declared = under is null
            ? (s_add, s_multiply, s_parameters, s_activations)
            : (s_add.Defaulting(under.Add), s_multiply.Defaulting(under.Multiply), s_parameters.Defaulting(under.Parameters),
                s_activations.Defaulting(under.Activations));
        var values = OptionValues.Read([declared.Item1, declared.Item2, declared.Item3, declared.Item4], given,
            $" of the technology '{text}'");
        return new(isFile ? Path.GetFileNameWithoutExtension(text) : text, values.Of(s_add), values.Of(s_multiply), values.Of(s_parameters),
            values.Of(s_activations), under is null ? "as given" : $"as given, else {under.Source}");
    }

    /// <summary>What work takes.</summary>
    public Energy Of(Work work)
    {
        var words = work.Moved;   // an accumulate of spikes is an addition
        return new(work.MultiplyAccumulates * (Add + Multiply) + work.Accumulates * Add,
            (words.Weights + words.Feedback + words.Gradients) * Parameters,
            (words.Activations + words.Errors) * Activations);
    }

    /// <summary>The figures in one line.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Name}: add {Add} pJ, multiply {Multiply} pJ, a word of parameters {Parameters} pJ, of activations and errors {Activations} pJ");

    private static IEnumerable<string> Lines(string path) =>
        SmallFile.Text(path, LongestFile, "a technology takes a few lines").Split('\n').Select(line => line.Split('#')[0].Trim())
            .Where(line => line.Length > 0);
}
