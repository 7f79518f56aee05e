using System.Globalization;
using Concord.Interchange;

namespace Concord.Training;

/// <summary>
/// What PyTorch's names of tensors are called here. Three ways of naming are known: torchvision's AlexNet and VGG, with or without batch
/// norms (<c>features.N</c>, then <c>classifier.N</c>), a plain <c>nn.Sequential</c> (<c>N</c>), and torchvision's residual networks of
/// basic blocks (<c>conv1</c>, <c>bn1</c>, <c>layerL.B.conv1</c>, ..., <c>fc</c>). What wraps a whole network (<c>module.</c>,
/// <c>_orig_mod.</c>, <c>net.</c>) is left out of the names. In a sequence modules are counted in order, by what their weight is: four axes
/// are the next convolution, two the next dense layer, one the norm after it. Names of other files are ours already.
/// </summary>
internal static class TorchNames
{
    private const string Weight = "weight", Layer = "layer";
    private static readonly string[] s_sections = ["features", "classifier"];

    private static readonly Dictionary<string, string> s_norm = new()
        { [Weight] = "gain", ["bias"] = "shift", ["running_mean"] = "running_mean", ["running_var"] = "running_variance" };

    // The layers of a residual unit by their place in it, as this program counts them.
    private static readonly Dictionary<string, (string Place, bool IsNorm)> s_unit = new()
    {
        ["conv1"] = ("1", false), ["bn1"] = ("2", true), ["conv2"] = ("4", false), ["bn2"] = ("5", true), ["downsample.0"] = ("shortcut.1",
            false), ["downsample.1"] = ("shortcut.2", true),
    };

    /// <summary>Each tensor of a file with its name here. What has no counterpart keeps its own; counts are left out.</summary>
    public static IEnumerable<(string Theirs, string Ours)> Of(SafeTensorsFile file)
    {
        var prefix = Wrapping(file);
        var names = Weights(file).Select(name => (Theirs: name, Name: name[prefix.Length..])).ToList();
        var modules = names.Select(name => Module(name.Name)).Distinct().ToList();
        var ours = modules.Exists(module => Unit(module) is not null) ? Residual(modules)
            : Sequence(file, prefix, modules);
        return from name in names
               select (name.Theirs, ours.TryGetValue(Module(name.Name), out var to) && (to.IsNorm
                   ? s_norm.GetValueOrDefault(Leaf(name.Name)) : Leaf(name.Name)) is { } leaf ? $"{to.Name}.{leaf}" : name.Name);
    }

    /// <summary>
    /// What all names begin with because the network stood in others as their only part: <c>module.</c> of DataParallel, <c>_orig_mod.</c>
    /// of compile, <c>net.</c> of one's own class; empty where there is no such thing. A block's own name, which ends in a number, is none.
    /// </summary>
    public static string Wrapping(IReadOnlyList<string> names)
    {
        var prefix = "";
        while (names.Count > 0 && names[0].IndexOf('.', prefix.Length) is var dot and >= 0)
        {
            var (part, longer) = (names[0][prefix.Length..dot], names[0][..(dot + 1)]);
            if (part.Length == 0 || char.IsAsciiDigit(part[^1]) || s_sections.Contains(part)) break;
            if (!names.All(name => name.StartsWith(longer, StringComparison.Ordinal) && name.IndexOf('.', longer.Length) >= 0)) break;
            prefix = longer;
        }
        return prefix;
    }

    /// <inheritdoc cref="Wrapping(IReadOnlyList{string})"/>
    public static string Wrapping(SafeTensorsFile file) => Wrapping([.. Weights(file)]);

    /// <summary>Single whole numbers, which are no weights: a norm's count of batches, an epoch, how many networks were averaged.</summary>
    public static IEnumerable<string> Counts(SafeTensorsFile file) =>
        file.Names.Where(
            name => file.Describe(name) is var tensor && !tensor.Type.IsFloating() && tensor.Dimensions.All(length => length == 1));

    private static IEnumerable<string> Weights(SafeTensorsFile file) => file.Names.Except(Counts(file));

    private static Dictionary<string, (string Name, bool IsNorm)> Sequence(SafeTensorsFile file, string prefix, List<string> modules)
    {
        Dictionary<string, (string, bool)> ours = [];
        var (convolutions, dense, last) = (0, 0, "");
        foreach (var module in modules.Where(module => Place(module) is not null).OrderBy(Place))
        {
            if (!file.Contains($"{prefix}{module}.{Weight}")) continue;
            switch (file.Describe($"{prefix}{module}.{Weight}").Dimensions.Count)
            {
                case 4:
                    ours[module] = (last = Numbered("conv", ++convolutions), false);
                    break;
                case 2:
                    ours[module] = (last = Numbered("fc", ++dense), false);
                    break;
                case 1:
                    ours[module] = ($"{last}.norm", true);
                    break;
            }
        }
        return ours;
    }

    private static Dictionary<string, (string Name, bool IsNorm)> Residual(List<string> modules)
    {
        Dictionary<string, (string, bool)> ours = new()
            { ["conv1"] = ("conv1", false), ["bn1"] = ("conv1.norm", true), ["fc"] = ("fc1", false) };
        var units = modules.Select(module => (Module: module, Unit: Unit(module))).Where(entry => entry.Unit is not null)
            .GroupBy(entry => (entry.Unit!.Value.Layer, entry.Unit.Value.Block)).OrderBy(unit => unit.Key);
        foreach (var (i, unit) in units.Index())
            foreach (var (module, place) in unit)
                if (s_unit.TryGetValue(place!.Value.Part, out var part))
                    ours[module] = ($"{Numbered("unit", i + 1)}.{part.Place}", part.IsNorm);
        return ours;
    }

    /// <summary>The place of a module in a sequence of sequences; null where it stands in none.</summary>
    private static (int Section, int Number)? Place(string module)
    {
        var dot = module.IndexOf('.', StringComparison.Ordinal);
        var section = dot < 0 ? 0 : Array.IndexOf(s_sections, module[..dot]);
        return section >= 0 && int.TryParse(module.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? (section, number) : null;
    }

    private static string Module(string name) => name.LastIndexOf('.') is var dot and >= 0 ? name[..dot] : "";

    private static string Leaf(string name) => name[(name.LastIndexOf('.') + 1)..];

    /// <summary>The place of a module <c>layerL.B.part</c> of a residual network; null where it is none.</summary>
    private static (int Layer, int Block, string Part)? Unit(string module) =>
        module.StartsWith(Layer, StringComparison.Ordinal) && module[Layer.Length..].Split('.', 3) is [var layer, var block, var part]
        && int.TryParse(layer, NumberStyles.None, CultureInfo.InvariantCulture, out var l)
        && int.TryParse(block, NumberStyles.None, CultureInfo.InvariantCulture, out var b) ? (l, b, part) : null;

    private static string Numbered(string name, int number) => string.Create(CultureInfo.InvariantCulture, $"{name}{number}");
}
