using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Concord.Tests;

/// <summary>Holds the library's public surface to an approved text, so that no change of it goes unseen.</summary>
public sealed class PublicApiTests
{
    [Fact]
    public void PublicSurfaceIsApproved()
    {
        var folder = Path.GetDirectoryName(Here())!;
        string approved = Path.Combine(folder, "PublicApi.approved.txt"), received = Path.Combine(folder, "PublicApi.received.txt"),
            surface = Surface();
        if (File.Exists(approved) && File.ReadAllText(approved).ReplaceLineEndings("\n") == surface)
        {
            File.Delete(received);
            return;
        }
        File.WriteAllText(received, surface);
        var known = File.Exists(approved) ? File.ReadAllLines(approved) : [];
        var changes = surface.Split('\n').Except(known).Select(line => $"+ {line}")
            .Concat(known.Except(surface.Split('\n')).Select(line => $"- {line}")).Take(20);
        Assert.Fail($"The public surface changed:\n{string.Join('\n', changes)}\nIf that is meant, approve it: mv {received} {approved}");
    }

    private static string Here([CallerFilePath] string path = "") => path;

    private static string Surface()
    {
        var text = new StringBuilder();
        foreach (var type in typeof(ConcordException).Assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            var bases = (IEnumerable<Type>)[.. type.BaseType is { } parent && parent != typeof(object) && !type.IsValueType ? [parent]
                : Type.EmptyTypes, .. type.GetInterfaces().OrderBy(Name, StringComparer.Ordinal)];
            text.Append(KindOf(type)).Append(' ').Append(type.Namespace).Append('.').Append(Name(type));
            if (bases.Any() && !type.IsEnum) text.Append(" : ").AppendJoin(", ", bases.Select(Name));
            text.Append('\n');
            foreach (var line in Members(type).Order(StringComparer.Ordinal)) text.Append("    ").Append(line).Append('\n');
        }
        return text.ToString();
    }

    private static string KindOf(Type type) =>
        type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : type is { IsAbstract: true, IsSealed: true }
            ? "static class" : type.IsAbstract ? "abstract class" : type.IsSealed ? "sealed class" : "class";

    private static IEnumerable<string> Members(Type type)
    {
        const BindingFlags All =
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        foreach (var field in type.GetFields(All))
            if (Seen(field.IsPublic, field.IsFamily, field.IsFamilyOrAssembly) && !field.IsSpecialName)
                yield return type.IsEnum ? $"{field.Name} = {Convert.ToInt64(field.GetRawConstantValue(), null)}"
                    : $"{(field.IsStatic ? "static " : "")}{Name(field.FieldType)} {field.Name}";
        foreach (var property in type.GetProperties(All))
        {
            var (get, set) = (Visible(property.GetMethod), Visible(property.SetMethod));
            if (!get && !set) continue;
            var index = property.GetIndexParameters() is { Length: > 0 } parameters ? $"[{Parameters(parameters)}]" : "";
            yield return $"{Modifiers(property.GetMethod ?? property.SetMethod!)}{Name(property.PropertyType)} {property.Name}{index} {{ "
                + $"{(get ? "get; " : "")}{(set ? "set; " : "")}}}";
        }
        foreach (var constructor in type.GetConstructors(All))
            if (!constructor.IsStatic && Visible(constructor)) yield return $"new({Parameters(constructor.GetParameters())})";
        foreach (var method in type.GetMethods(All))
            if (Visible(method) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal))
                && !method.Name.Contains('<', StringComparison.Ordinal))
                yield return $"{Modifiers(method)}{Name(method.ReturnType)} {method.Name}{(method.IsGenericMethod
                    ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "")}({Parameters(method.GetParameters())})";
    }

    private static bool Visible(MethodBase? method) =>
        method is not null && Seen(method.IsPublic, method.IsFamily, method.IsFamilyOrAssembly);

    private static bool Seen(bool isPublic, bool isFamily, bool isFamilyOrAssembly) => isPublic || isFamily || isFamilyOrAssembly;

    private static string Modifiers(MethodBase method) =>
        (method.IsPublic ? "" : "protected ") + (method.IsStatic ? "static " : method.IsAbstract && !method.DeclaringType!.IsInterface
            ? "abstract " : method is { IsVirtual: true, IsFinal: false } && !method.DeclaringType!.IsInterface ? "virtual " : "");

    private static string Parameters(ParameterInfo[] parameters) =>
        string.Join(", ",
            parameters.Select(parameter => $"{(parameter.IsOut ? "out " : parameter.IsIn ? "in " : parameter.ParameterType.IsByRef ? "ref "
                : "")}{Name(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {Default(parameter)}" : "")}"));

    private static string Default(ParameterInfo parameter) => parameter.DefaultValue switch
    {
        null => parameter.ParameterType.IsValueType ? "default" : "null",
        string value => $"\"{value}\"",
        bool value => value ? "true" : "false",
        var value => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) ?? "",
    };

    private static string Name(Type type)
    {
        if (type.IsByRef) return Name(type.GetElementType()!);
        if (type.IsArray) return $"{Name(type.GetElementType()!)}[]";
        var nested = type is { IsNested: true, IsGenericParameter: false } ? $"{Name(type.DeclaringType!)}." : "";
        if (!type.IsGenericType) return nested + type.Name;
        return $"{nested}{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>";
    }
}
