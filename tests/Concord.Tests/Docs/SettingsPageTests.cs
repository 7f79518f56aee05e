using System.Globalization;
using System.Text;
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
        text.Append("\n## Layers\n\n| layer | option | default | meaning | values | applies only with |\n| --- | --- | --- | --- | "
            + "--- | --- |\n");
        foreach (var kind in LayerKind.All)
        {
            if (kind.Options.Count == 0) text.Append(CultureInfo.InvariantCulture, $"| `{kind.Name}` | | | | | |\n");
            var defaults = OptionValues.Defaults(kind.Options);
            foreach (var option in kind.Options)
                text.Append(CultureInfo.InvariantCulture,
                    $"| `{kind.Name}` | `{option.Key}` | {(option.IsRequired ? "-" : $"`{defaults[option.Key]}`")} | "
                        + $"{Cell(option.Meaning)} "
                        + $"| {option.Values} | {option.Needs} |\n");
        }
        return text.ToString().Trim();
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
