using System.Reflection;
using Xunit.Sdk;

namespace Concord.Tests.Cli;

/// <summary>
/// A case of a theory about a signal, which one of its values names; skipped, and said so, where programs that tests start do not get
/// it, as HUP under nohup.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class SignalDataAttribute : DataAttribute
{
    private readonly object[] _values;

    public SignalDataAttribute(params object[] values)
    {
        _values = values;
        var signal = values.OfType<string>().First(value => value is "HUP" or "INT" or "KILL" or "TERM");
        Skip = ConcordProgram.Gets(signal) ? null : $"{signal} is ignored here.";
    }

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [_values];
}
