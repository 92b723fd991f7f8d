using MlxVideo.Engine.Tests.Golden;

namespace MlxVideo.Engine.Tests.Operators;

/// <summary>Operators with a kernel of their own for Apple's GPUs, read from a list of kernel names.</summary>
internal sealed class MetalKernels(IEnumerable<string> names)
{
    public const string LibtorchVersion = "2.10.0";

    private readonly HashSet<string> _names = [.. names];

    public static string ListFile { get; } =
        Path.Combine(GoldenRoot.Checkout(), "tests", "Engine.Tests", "Operators", $"mps-kernels-libtorch-{LibtorchVersion}.txt");

    public static MetalKernels Read() =>
        new(File.ReadLines(ListFile).Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'));

    /// <summary>Returns whether the list contains the operator under one of its names; the list's header explains them.</summary>
    public bool Contains(OperatorName name) => Names(name.Name, name.Overload).Concat(Names($"{name.Name}_out", name.Overload))
        .Any(_names.Contains);

    private static IEnumerable<string> Names(string name, string overload) =>
        [$"{overload}_{name}", overload.Length == 0 ? name : $"{name}_{overload}"];
}
