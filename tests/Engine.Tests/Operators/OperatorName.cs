namespace MlxVideo.Engine.Tests.Operators;

/// <summary>An ATen operator, without <c>aten::</c>.</summary>
/// <param name="Name">The operator, for example <c>add</c>; operators of other libraries keep their prefix.</param>
/// <param name="Overload">The overload, for example <c>Tensor</c>; empty for the default one.</param>
public readonly record struct OperatorName(string Name, string Overload)
{
    private const string Aten = "aten::";

    /// <summary>Parses <c>add.Tensor</c>, with or without <c>aten::</c>.</summary>
    public static OperatorName Parse(string text)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? Of(text, "") : Of(text[..dot], text[(dot + 1)..]);
    }

    /// <summary>Names an operator as libtorch does, with its library's prefix.</summary>
    public static OperatorName Of(string qualifiedName, string overload) =>
        new(qualifiedName.StartsWith(Aten, StringComparison.Ordinal) ? qualifiedName[Aten.Length..] : qualifiedName, overload);

    /// <inheritdoc/>
    public override string ToString() => Overload.Length == 0 ? Name : $"{Name}.{Overload}";
}
