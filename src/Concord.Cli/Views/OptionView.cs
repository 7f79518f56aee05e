using System.Text.Json;
using Concord.Options;

namespace Concord.Cli.Views;

/// <summary>Options as they are declared, for people and for scripts.</summary>
internal static class OptionView
{
    public static void Say(Output output, IReadOnlyList<Option> options, string indent)
    {
        var defaults = OptionValues.Defaults(options);
        foreach (var option in options)
        {
            output.Say(option.IsRequired ? $"{indent}{option.Key} (must be given)" : $"{indent}{option.Key} = {defaults[option.Key]}");
            Sentence(option.Meaning);
            Sentence($"Takes {option.Values}{(option.Alone is { } alone ? $"; by itself it stands for {alone}" : "")}.");
            if (option.Needs is { } needs) Sentence($"Applies only with {needs}.");
        }

        void Sentence(string words) => output.Explain($"{indent}    {words}", indent.Length + 4);
    }

    /// <summary>Writes them as the member <c>declared</c>.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<Option> options)
    {
        var defaults = OptionValues.Defaults(options);
        json.WriteStartArray("declared");
        foreach (var option in options)
        {
            json.WriteStartObject();
            json.WriteString("key", option.Key);
            json.WriteString("default", defaults.GetValueOrDefault(option.Key));
            json.WriteString("meaning", option.Meaning);
            json.WriteString("values", option.Values);
            json.WriteString("appliesWith", option.Needs);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
