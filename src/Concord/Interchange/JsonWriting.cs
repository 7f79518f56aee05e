using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Concord.Interchange;

/// <summary>Writes what generated code knows into JSON that is written piece by piece.</summary>
public static class JsonWriting
{
    /// <summary>Writes the members of an object into one that is open.</summary>
    /// <param name="json">The writer, inside an object.</param>
    /// <param name="value">The object.</param>
    /// <param name="type">What generated code knows of its type.</param>
    public static void WriteMembers<T>(this Utf8JsonWriter json, T value, JsonTypeInfo<T> type)
    {
        foreach (var member in JsonSerializer.SerializeToElement(value, type).EnumerateObject()) member.WriteTo(json);
    }

    /// <summary>Writes an object as a member of one that is open.</summary>
    /// <param name="json">The writer, inside an object.</param>
    /// <param name="name">The member's name.</param>
    /// <param name="value">The object.</param>
    /// <param name="type">What generated code knows of its type.</param>
    public static void WriteObject<T>(this Utf8JsonWriter json, string name, T value, JsonTypeInfo<T> type)
    {
        json.WritePropertyName(name);
        JsonSerializer.Serialize(json, value, type);
    }
}

/// <summary>A number, or null where there is none, for JSON knows no NaN.</summary>
public sealed class FiniteNumber : JsonConverter<double>
{
    /// <summary>Not for reading.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException($"Files are read by {nameof(CheckedJson)}, which says what is wrong in them.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsFinite(value)) writer.WriteNumberValue(value);
        else writer.WriteNullValue();
    }
}
