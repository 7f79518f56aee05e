using System.Globalization;
using System.Text;
using Concord.Data;
using Concord.Networks;
using Concord.Options;
using Concord.Training;

namespace Concord.Tests.Docs;

/// <summary>
/// The tables of settings and layers in docs/settings.md are what is declared. To write them again, run this test with CONCORD_APPROVE=1.
/// </summary>
public sealed class SettingsPageTests
{
    [Fact]
    public void TheTablesOfSettingsAndLayersAreWhatIsDeclared() =>
        GeneratedPart.Check(Path.Combine(Repository.Root, "docs", "settings.md"), "Settings and layers", Generate());

    private static string Generate()
    {
        var text =
            new StringBuilder("## Settings\n\n| key | command line | default | meaning | values |\n| --- | --- | --- | --- | --- |\n");
        var usual = new RunSettings();
        foreach (var setting in RunSettings.Declared)
        {
            var value = setting.Key == "validation" ? "a tenth of the training samples, at most 5000" : $"`{setting.Write(usual)}`";
            text.Append(CultureInfo.InvariantCulture, $"| `{setting.Key}` | {(setting.Usage.Length == 0 ? "" : $"`{setting.Usage}`")} | "
                + $"{value} | {Cell(setting.Meaning)} | {setting.Values} |\n");
        }
        Table("Layers", "layer", LayerKind.All.Select(kind => (kind.Name, kind.Options)));
        Table("Options of model strings", "", [("", ModelOptions.Declared)]);
        Table("Options of recurrent models", "", [("", RecurrentModel.Declared)]);
        Table("Options of spiking models with a clock", "", [("", ClockedModel.Declared)]);
        Table("Options of models of circuits", "", [("", CircuitModel.Declared)]);
        Table("Options of spiking models", "", [("", SpikingOptions.Declared)]);
        Table("Words of `augment`", "", [("", Augmentation.Declared)]);
        Table("Forms of `schedule`", "form", Schedule.Forms.Select(form => (form.ToString(), form.Parts)));
        return text.ToString().Trim();

        void Table(string title, string owner, IEnumerable<(string Name, IReadOnlyList<Option> Options)> owners)
        {
            var (first, dashes) = owner.Length == 0 ? ("", "") : ($" {owner} |", " --- |");
            text.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n")
                .Append(CultureInfo.InvariantCulture, $"|{first} option | default | meaning | values | applies only with |\n")
                .Append(CultureInfo.InvariantCulture, $"|{dashes} --- | --- | --- | --- | --- |\n");
            foreach (var (name, options) in owners)
            {
                var cell = owner.Length == 0 ? "" : $" `{name}` |";
                if (options.Count == 0) text.Append(CultureInfo.InvariantCulture, $"|{cell} | | | | |\n");
                var defaults = OptionValues.Defaults(options);
                foreach (var option in options)
                    text.Append(CultureInfo.InvariantCulture,
                        $"|{cell} `{option.Key}` | {(option.IsRequired ? "-" : $"`{defaults[option.Key]}`")} | {Cell(option.Meaning)} "
                            + $"| {option.Values}{(option.Alone is { } alone ? $"; by itself {alone}" : "")} | {option.Needs} |\n");
            }
        }
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
