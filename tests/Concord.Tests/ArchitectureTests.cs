using System.Reflection;
using System.Reflection.Emit;

namespace Concord.Tests;

/// <summary>Lower folders never use higher ones: read from the compiled library, signatures and instructions alike.</summary>
public sealed class ArchitectureTests
{
    private static readonly string[] s_upward =
    [
        "Concord", "Concord.Options", "Concord.Numerics", "Concord.Spiking", "Concord.Interchange", "Concord.Data", "Concord.Layers",
        "Concord.Optimizers", "Concord.Feedback", "Concord.Networks", "Concord.Rules", "Concord.Diagnostics", "Concord.Cost",
        "Concord.Training", "Concord.Experiments",
    ];

    private static readonly (string User, string Used)[] s_strangers = [("Concord.Layers", "Concord.Data"),
        ("Concord.Layers", "Concord.Interchange")];

    [Fact]
    public void NoArrowRunsUp()
    {
        SortedSet<string> wrong = [];
        foreach (var (user, used) in Arrows())
            if (Array.IndexOf(s_upward, Folder(used)) > Array.IndexOf(s_upward, Folder(user))
                || s_strangers.Contains((Folder(user), Folder(used)))) wrong.Add($"{user} uses {used}");
        Assert.Empty(wrong);
    }

    [Fact]
    public void EveryNamespaceHasAPlace() => Assert.All(Library().GetTypes(), type =>
        Assert.True(type.Namespace is null || s_upward.Contains(Folder(type)), $"{type.Namespace} is not in the order of the house"));

    [Fact]
    public void TheReaderSeesInstructionsAndSignatures()
    {
        var arrows = Arrows().Select(arrow => $"{arrow.User.Name} {arrow.Used.Name}").ToHashSet();
        Assert.Contains("Learner Plan", arrows);                  // a property
        Assert.Contains("Learner RandomStream", arrows);          // a call in a constructor
        Assert.Contains("RuleCatalogue DirectOptions", arrows);   // a construction in a method
        Assert.Contains("Network ActivationLayer", arrows);       // a type test
    }

    private static Assembly Library() => typeof(ConcordException).Assembly;

    private static string Folder(Type type) => type.Namespace is { } name && name.StartsWith("Concord.", StringComparison.Ordinal)
        ? string.Join('.', name.Split('.')[..2]) : type.Namespace ?? "Concord";

    private static IEnumerable<(Type User, Type Used)> Arrows() =>
        from type in Library().GetTypes()
        from used in Uses(type).SelectMany(Parts)
        where used.Assembly == Library() && used.Namespace is not null && type.Namespace is not null
        select (Outermost(type), Outermost(used));

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!)
        : type.IsGenericParameter || type.IsFunctionPointer ? []
        : type.IsGenericType ? [type.GetGenericTypeDefinition(), .. type.GetGenericArguments().SelectMany(Parts)]
        : [type];

    private static IEnumerable<Type> Uses(Type type)
    {
        const BindingFlags All =
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        if (type.BaseType is not null) yield return type.BaseType;
        foreach (var contract in type.GetInterfaces()) yield return contract;
        foreach (var field in type.GetFields(All)) yield return field.FieldType;
        foreach (var method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)))
        {
            if (method is MethodInfo { ReturnType: var result }) yield return result;
            foreach (var parameter in method.GetParameters()) yield return parameter.ParameterType;
            if (method.GetMethodBody() is not { } body) continue;
            foreach (var local in body.LocalVariables) yield return local.LocalType;
            foreach (var member in Tokens(method, body.GetILAsByteArray()!))
            {
                if (member is Type named) yield return named;
                if (member.DeclaringType is { } declaring) yield return declaring;
                if (member is MethodInfo { IsGenericMethod: true } generic)
                    foreach (var argument in generic.GetGenericArguments()) yield return argument;
            }
        }
    }

    private static IEnumerable<MemberInfo> Tokens(MethodBase method, byte[] code)
    {
        var typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < code.Length;)
        {
            var value = code[at] == 0xFE ? (short)(0xFE00 | code[at + 1]) : code[at];
            var operation = s_operations[value];
            at += operation.Size;
            switch (operation.OperandType)
            {
                case OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok:
                    yield return method.Module.ResolveMember(BitConverter.ToInt32(code, at), typeArguments, methodArguments)!;
                    at += 4;
                    break;
                case OperandType.InlineSwitch:
                    at += 4 + 4 * BitConverter.ToInt32(code, at);
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    at += 8;
                    break;
                case OperandType.InlineVar:
                    at += 2;
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    at++;
                    break;
                case OperandType.InlineNone:
                    break;
                default:
                    at += 4;
                    break;
            }
        }
    }

    private static readonly Dictionary<short, OpCode> s_operations = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(operation => operation.Value);
}
