using Mono.Cecil;
using Mono.Cecil.Cil;

namespace MlxVideo.Architecture.Tests;

/// <summary>Dependencies between the namespaces of one assembly, from its metadata and method bodies.</summary>
internal sealed class NamespaceDependencies
{
    private readonly Dictionary<string, HashSet<string>> _uses = new(StringComparer.Ordinal);
    private readonly Dictionary<(string From, string To), string> _examples = [];

    private NamespaceDependencies(ModuleDefinition module)
    {
        foreach (var type in module.GetTypes().Where(type => NamespaceOf(type).StartsWith("MlxVideo.", StringComparison.Ordinal)))
        {
            foreach (var used in TypesUsedBy(type).SelectMany(Flatten).Where(used => used.Scope == module))
                Add(type, used);
        }
    }

    /// <summary>Reads the dependencies from an assembly file.</summary>
    public static NamespaceDependencies Read(string path)
    {
        using var module = ModuleDefinition.ReadModule(path);
        return new NamespaceDependencies(module);
    }

    /// <summary>
    /// Returns pairs of namespaces that depend on each other, directly or transitively, with an example of each direct dependency.
    /// </summary>
    public IEnumerable<string> Cycles() =>
        from use in _uses
        from to in use.Value
        where Reaches(to, use.Key)
        let example = _examples[(use.Key, to)]
        orderby example
        select $"{use.Key} -> {to}: {example}";

    private bool Reaches(string from, string to)
    {
        var seen = new HashSet<string> { from };
        var open = new Queue<string>(seen);
        while (open.TryDequeue(out var next))
        {
            if (next == to)
                return true;
            foreach (var further in _uses.GetValueOrDefault(next, []).Where(seen.Add))
                open.Enqueue(further);
        }

        return false;
    }

    private void Add(TypeDefinition type, TypeReference used)
    {
        var (from, to) = (NamespaceOf(type), NamespaceOf(used));
        if (from == to || !to.StartsWith("MlxVideo.", StringComparison.Ordinal))
            return;
        if (!_uses.TryGetValue(from, out var uses))
            _uses[from] = uses = new HashSet<string>(StringComparer.Ordinal);
        uses.Add(to);
        _examples.TryAdd((from, to), $"{type.FullName} uses {used.FullName}");
    }

    private static string NamespaceOf(TypeReference type) => type.DeclaringType is { } outer ? NamespaceOf(outer) : type.Namespace;

    private static IEnumerable<TypeReference> TypesUsedBy(TypeDefinition type)
    {
        if (type.BaseType is { } parent)
            yield return parent;
        foreach (var contract in type.Interfaces)
            yield return contract.InterfaceType;
        foreach (var field in type.Fields)
            yield return field.FieldType;
        foreach (var method in type.Methods)
        {
            yield return method.ReturnType;
            foreach (var parameter in method.Parameters)
                yield return parameter.ParameterType;
            if (!method.HasBody)
                continue;
            foreach (var variable in method.Body.Variables)
                yield return variable.VariableType;
            foreach (var used in method.Body.Instructions.SelectMany(TypesUsedBy))
                yield return used;
        }
    }

    private static IEnumerable<TypeReference> TypesUsedBy(Instruction instruction) => instruction.Operand switch
    {
        TypeReference type => [type],
        GenericInstanceMethod method => [method.DeclaringType, .. method.GenericArguments],
        MemberReference member => [member.DeclaringType],
        _ => [],
    };

    private static IEnumerable<TypeReference> Flatten(TypeReference? type) => type switch
    {
        null => [],
        GenericInstanceType generic => generic.GenericArguments.SelectMany(Flatten).Append(generic.ElementType),
        TypeSpecification wrapped => Flatten(wrapped.ElementType),
        _ => [type],
    };
}
