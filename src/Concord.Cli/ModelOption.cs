using System.CommandLine;
using Concord.Data;
using Concord.Networks;

namespace Concord.Cli;

/// <summary>
/// A model and, for one that is only named, the data whose shape it is to have: the options of commands that read no data.
/// </summary>
internal sealed class ModelOption
{
    private readonly Option<string?> _model;
    private readonly Option<string?> _data = new("--data")
        { HelpName = "NAME", Description = "data set that a model given by name is to fit" };
    private readonly Option<string?> _dataRoot = new("--data-root")
        { HelpName = "DIR", Description = "folder that has the data sets' folders in it" };

    /// <param name="command">Gets the options.</param>
    /// <param name="description">Of the model's option; null where the command has none.</param>
    public ModelOption(Command command, string? description)
    {
        _model = new("--model") { HelpName = "STRING", Description = description };
        if (description is not null) command.Add(_model);
        command.Add(_data);
        if (command.Options.All(option => option.Name != "--data-root")) command.Add(_dataRoot);
    }

    /// <summary>The model string that was asked for; null where there is none.</summary>
    public string? Read(ParseResult parsed) => Resolve(parsed, parsed.GetValue(_model) ?? (parsed.GetValue(_data) is null ? null : "mlp"));

    /// <summary>The string that a model stands for.</summary>
    public string? Resolve(ParseResult parsed, string? model)
    {
        if (model is null || parsed.GetValue(_data) is not { } data) return model;
        var (shape, classes) = SampleExtent.Of(data, parsed.GetValue<string?>("--data-root"));
        return ModelCatalogue.Resolve(model, shape, classes);
    }
}
