using System.Text.Json;
using Concord.Interchange;
using Concord.Rules;

namespace Concord.Training;

/// <summary>How figures of runs stand in JSON.</summary>
public static class MetricsJson
{
    /// <summary>What was moved from weights to feedback, as an object; a reduction that has no bound is null.</summary>
    public static void WriteTransport(this Utf8JsonWriter json, string name, TransportMeter? meter)
    {
        if (TransportPart.Of(meter) is { } part) json.WriteObject(name, part, RunJson.Default.TransportPart);
    }
}
