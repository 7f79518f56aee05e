using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Concord.Interchange;

/// <summary>Writes what generated code knows into JSON that is written piece by piece.</summary>
internal static class JsonWriting
{
    /// <summary>Writes the members of an object into one that is open.</summary>
    public static void WriteMembers<T>(this Utf8JsonWriter json, T value, JsonTypeInfo<T> type)
    {
        foreach (var member in JsonSerializer.SerializeToElement(value, type).EnumerateObject()) member.WriteTo(json);
    }

    /// <summary>Writes an object as a member of one that is open.</summary>
    public static void WriteObject<T>(this Utf8JsonWriter json, string name, T value, JsonTypeInfo<T> type)
    {
        json.WritePropertyName(name);
        JsonSerializer.Serialize(json, value, type);
    }
}

/// <summary>A number, or null where there is none, for JSON knows no NaN.</summary>
internal sealed class FiniteNumber : JsonConverter<double>
{
    public override double Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
        throw new NotSupportedException($"Files are read by {nameof(CheckedJson)}, which says what is wrong in them.");

    public override void Write(Utf8JsonWriter json, double value, JsonSerializerOptions options)
    {
        if (double.IsFinite(value)) json.WriteNumberValue(value);
        else json.WriteNullValue();
    }
}
