using System.Diagnostics;
using System.Reflection;
using MlxVideo.Engine.Kernels;
using TorchSharp;

namespace MlxVideo.Engine.Tests.Operators;

/// <summary>Finds the engine's types that called the current operator.</summary>
internal static class EngineCaller
{
    private static readonly Assembly Engine = typeof(TensorKernels).Assembly;
    private static readonly Assembly Tests = typeof(EngineCaller).Assembly;
    private static readonly Assembly TorchSharp = typeof(torch).Assembly;

    /// <summary>
    /// Returns the engine's types on the stack, for example <c>Layers.Attention</c>, beginning with the one that called the operator; empty
    /// when a test called it.
    /// </summary>
    public static IReadOnlyList<string> Find()
    {
        // The first frames are the recorder's, up to those of TorchSharp.
        var types = new StackTrace().GetFrames()
            .Select(frame => frame.GetMethod()?.DeclaringType)
            .SkipWhile(type => type?.Assembly != TorchSharp)
            .OfType<Type>();
        return [.. types.Where(type => type.Assembly == Engine || type.Assembly == Tests)
            .TakeWhile(type => type.Assembly == Engine)
            .Select(Name)
            .Distinct()];
    }

    /// <summary>Names the outermost type, since lambdas and iterators are in nested ones, below the engine's root namespace.</summary>
    private static string Name(Type type)
    {
        while (type.DeclaringType is { } outer)
            type = outer;
        return type.FullName!["MlxVideo.Engine.".Length..].Split('`')[0];
    }
}
