using System.Runtime.CompilerServices;

namespace Concord.Tests;

/// <summary>
/// Tests compute products in the ways of the table: bits do not depend on the machine, and nothing is written to its cache.
/// </summary>
internal static class ProductTable
{
    // CA2255: it holds for every test, whichever runs first.
#pragma warning disable CA2255
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Take() => Environment.SetEnvironmentVariable("CONCORD_PRODUCTS", "table");
}
