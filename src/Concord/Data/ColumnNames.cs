using System.Text.Json.Serialization;

namespace Concord.Data;

[JsonSerializable(typeof(string[]))]
internal sealed partial class ColumnNames : JsonSerializerContext;
