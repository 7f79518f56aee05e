using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Concord.Cli;

/// <summary>Adds examples, to copy, below the help of a command.</summary>
internal static class Help
{
    private static readonly Dictionary<string, string[]> s_examples = new()
    {
        ["train"] =
        [
            "concord train --rule dfa --epochs 5",
            "concord train --data mnist --model mlp:784-1000-1000-10 --rule sparse-dfa --set feedback.nonZerosPerNeuron=4",
            "concord train --rule fc1=backprop,fc*=dfa --seeds 3 --schedule cosine --out runs/mixed",
            "concord train experiment.yaml learningRate=0.02",
        ],
        ["compare"] = ["concord compare", "concord compare --data cifar-10 --model lenet",
            "concord compare --rules dfa,drtp --seeds 5 --tune", "concord compare --rules dfa,sparse-dfa --set feedback.preset=tinydfa",
            "concord compare --data mnist --rules all --json > rules.jsonl"],
        ["sweep"] = ["concord sweep sparse.yaml --dry-run", "concord sweep sparse.yaml",
            "concord sweep sparse.yaml epochs=1 seeds=1 --out runs/short"],
        ["resume"] = ["concord resume runs/glyphs-dfa", "concord resume runs/glyphs-dfa --epochs 20",
            "concord resume runs/table-dfa --data csv:moved/table.csv"],
        ["evaluate"] = ["concord evaluate runs/glyphs-dfa --checkpoint best --on validation",
            "concord evaluate runs/table-dfa --data csv:new.csv"],
        ["predict"] = ["concord predict runs/table-dfa new.csv > answers.csv",
            "concord predict runs/table-dfa --out answers.csv < new.csv", "concord predict runs/mnist-dfa --data mnist > answers.csv"],
        ["similarity"] = ["concord similarity runs/glyphs-backprop runs/glyphs-dfa",
            "concord similarity runs/glyphs-fa/seed-0 runs/glyphs-dfa/seed-0 --samples 5000"],
        ["robustness"] = ["concord robustness runs/glyphs-backprop runs/glyphs-dfa",
            "concord robustness runs/glyphs-dfa --attack pgd --steps 20 --epsilon 0,0.05,0.1"],
        ["stability"] = ["concord stability", "concord stability --model mlp:784-30-10,tanh --rule dfa --samples 10",
            "concord stability runs/glyphs-dfa --on validation"],
        ["variance"] = ["concord variance", "concord variance --model mlp:784-100-10 --rules fdfa,fg-activity --set "
            + "perturbation.distribution=normal", "concord variance runs/glyphs-fdfa --rules fdfa,dfa --draws 100"],
        ["raster"] = ["concord raster runs/mnist-fa --sample 3", "concord raster runs/mnist-fa --on validation --out three.html"],
        ["export"] = ["concord export runs/mnist-lif lif.nir", "concord export runs/mnist-fa --to nir-data spikes.nir --samples 20",
            "concord export runs/glyphs-dfa --to csv"],
        ["import"] = ["concord import lif.nir --dt 0.001 --out lif", "concord train lif/model.yaml --data mnist --rule fa"],
        ["report"] = ["concord report runs/glyphs-dfa", "concord report runs/glyphs-fa runs/glyphs-dfa --out both.html"],
        ["reproduce"] = ["concord reproduce", "concord reproduce lighton-mnist",
            "concord reproduce crafton-mnist --full --out runs/crafton"],
        ["rules"] = ["concord rules", "concord rules sparse-dfa"],
        ["list"] = ["concord model list"],
        ["show"] = ["concord model show lenet", "concord model show lenet --data cifar-10 --rule dfa",
            "concord model show cnn:3x32x32-c32k3-p2-c64k3p1-gap-256-10,batchnorm"],
        ["data"] = ["concord data", "concord data fetch mnist", "concord data verify mnist --data-root ~/data"],
        ["fetch"] = ["concord data fetch mnist", "concord data fetch cifar-10 --data-root ~/data",
            "concord data fetch kmnist --mirror https://files.example.org/data"],
        ["cost"] = ["concord cost", "concord cost --model mlp:3072-1000-1000-1000-10 --rule sparse-dfa --set feedback.nonZerosPerNeuron=4",
            "concord cost --rule fa,dfa --parts 3 --technology horowitz-dram"],
        ["completion"] = ["eval \"$(concord completion bash)\"", "concord completion fish > ~/.config/fish/completions/concord.fish"],
        ["bench"] = ["concord bench --quick", "concord bench --batch 128 --threads 2"],
    };

    private static readonly Dictionary<string, string> s_notes = new()
    {
        ["train"] = "Spiking networks, neurons with a clock, and data without classes have other usual settings: docs/settings.md.",
        ["compare"] = "Defaults are those on the built-in data. Of other data all samples are taken, of images at most 10,000; networks "
            + "for images have 5 epochs, adam, and for each rule the better of two learning rates.",
    };

    public static void Adorn(RootCommand root)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
            if (option.Action is HelpAction plain) option.Action = new WithExamples(plain);
    }

    private sealed class WithExamples(HelpAction plain) : SynchronousCommandLineAction
    {
        private const string Options = "Options:";
        private static readonly System.Buffers.SearchValues<char> s_ends = System.Buffers.SearchValues.Create(".,:;(");

        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            // The parser names the program after its file; people call it by the launcher's name.
            var output = parseResult.InvocationConfiguration.Output;
            using var text = new StringWriter();
            parseResult.InvocationConfiguration.Output = text;
            var width = Output.WidthOf(StandardStream.Output);
            plain.MaxWidth = width;
            plain.Invoke(parseResult);
            parseResult.InvocationConfiguration.Output = output;
            var command = parseResult.CommandResult.Command;
            if (command is RootCommand)
            {
                output.Write(Commands(command, width));
                return 0;
            }
            var whole = text.ToString().Replace(RootCommand.ExecutableName, "concord", StringComparison.Ordinal);
            var at = HelpGroups.Has(command) ? whole.IndexOf(Options, StringComparison.Ordinal) : -1;
            output.Write(at < 0 ? whole : whole[..at] + HelpGroups.Of(command, width));
            if (s_notes.TryGetValue(command.Name, out var note)) output.WriteLine(HelpGroups.Wrapped(note, width));
            if (!s_examples.TryGetValue(command.Name, out var examples)) return 0;
            output.WriteLine("Examples:");
            foreach (var example in examples) output.WriteLine(ToPaste(example, width));
            output.WriteLine();
            return 0;
        }

        // In lines of whole words, which a shell takes for one.
        private static string ToPaste(string example, int width)
        {
            const string Indent = "  ", Further = "      ", GoesOn = " \\";
            var words = example.Split(' ');
            var (lines, line) = ("", Indent + words[0]);
            for (var i = 1; i < words.Length; i++)
            {
                var longer = $"{line} {words[i]}";
                if (longer.Length + (i + 1 < words.Length ? GoesOn.Length : 0) <= width) line = longer;
                else (lines, line) = ($"{lines}{line}{GoesOn}\n", Further + words[i]);
            }
            return lines + line;
        }

        // A line each, so that all of them fit a screen: what a command does, up to the first mark.
        private static string Commands(Command root, int width)
        {
            var shown = root.Subcommands.Where(command => !command.Hidden).ToList();
            var column = shown.Max(command => command.Name.Length);
            var lines = shown.Select(command => $"  {command.Name.PadRight(column)}  "
                + command.Description.AsSpan(0, command.Description.AsSpan().IndexOfAny(s_ends)).Trim().ToString());
            return HelpGroups.Wrapped(root.Description!, width) + "\n" + string.Join('\n', lines)
                + "\n\nconcord COMMAND --help has a command's options and examples; concord --version.\n";
        }
    }
}
