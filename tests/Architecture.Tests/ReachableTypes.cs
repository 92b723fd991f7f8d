using Mono.Cecil;
using Mono.Cecil.Cil;

namespace MlxVideo.Architecture.Tests;

/// <summary>Types referenced by the entry points of the executables, directly or transitively. A reached type counts as a whole.</summary>
internal sealed class ReachableTypes : IDisposable
{
    private readonly IReadOnlyDictionary<string, ModuleDefinition> _modules;
    private readonly HashSet<TypeDefinition> _reached = [];
    private readonly Queue<TypeDefinition> _open = new();

    private ReachableTypes(IReadOnlyDictionary<string, ModuleDefinition> modules) => _modules = modules;

    /// <summary>Follows all references from the entry points of the executables.</summary>
    /// <param name="projects">All projects of the product.</param>
    /// <param name="executables">Projects with an entry point.</param>
    public static ReachableTypes From(IEnumerable<string> projects, IEnumerable<string> executables)
    {
        var types = new ReachableTypes(projects.Select(project => $"MlxVideo.{project}").ToDictionary(
            name => name, name => ModuleDefinition.ReadModule(Path.Combine(AppContext.BaseDirectory, $"{name}.dll"))));
        foreach (var executable in executables)
            types.Reach(types._modules[$"MlxVideo.{executable}"].EntryPoint.DeclaringType);
        while (types._open.TryDequeue(out var type))
            types.Follow(type);
        return types;
    }

    /// <summary>Returns the full names of unreached types; nested types count as part of their outer type.</summary>
    public IEnumerable<string> Unreached() =>
        from module in _modules.Values
        from type in module.Types
        where !_reached.Contains(type) && !IsGenerated(type) && !HasConstantsOnly(type)
        orderby type.FullName
        select type.FullName;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var module in _modules.Values)
            module.Dispose();
    }

    // The compiler inlines constants, which leaves no references to their type.
    private static bool HasConstantsOnly(TypeDefinition type) =>
        type.HasFields && type.Fields.All(field => field.IsLiteral) && !type.HasMethods && !type.IsEnum;

    private static bool IsGenerated(TypeDefinition type) =>
        type.Name.Contains('<') || type.FullName.StartsWith("Microsoft.", StringComparison.Ordinal)
        || type.FullName.StartsWith("System.", StringComparison.Ordinal);

    private void Reach(TypeReference? reference)
    {
        switch (reference)
        {
            case null or GenericParameter:
                return;
            case GenericInstanceType generic:
                foreach (var argument in generic.GenericArguments)
                    Reach(argument);
                Reach(generic.ElementType);
                return;
            case TypeSpecification specification:
                Reach(specification.ElementType);
                return;
        }

        var assembly = reference.Scope is AssemblyNameReference name ? name.Name : reference.Module.Assembly.Name.Name;
        if (!_modules.TryGetValue(assembly, out var module))
            return;
        var type = module.GetType(reference.FullName) ?? throw new InvalidOperationException($"{assembly} has no {reference.FullName}.");
        while (type.DeclaringType is { } outer)
            type = outer;
        if (_reached.Add(type))
            _open.Enqueue(type);
    }

    private void Follow(TypeDefinition type)
    {
        Reach(type.BaseType);
        foreach (var implemented in type.Interfaces)
            Reach(implemented.InterfaceType);
        FollowAttributes(type);
        foreach (var field in type.Fields)
        {
            Reach(field.FieldType);
            FollowAttributes(field);
        }

        foreach (var property in type.Properties)
            FollowAttributes(property);
        foreach (var method in type.Methods)
            FollowMethod(method);
        foreach (var nested in type.NestedTypes)
            Follow(nested);
    }

    private void FollowMethod(MethodDefinition method)
    {
        ReachSignature(method);
        FollowAttributes(method);
        if (!method.HasBody)
            return;
        foreach (var variable in method.Body.Variables)
            Reach(variable.VariableType);
        foreach (var handler in method.Body.ExceptionHandlers)
            Reach(handler.CatchType);
        foreach (var instruction in method.Body.Instructions)
            FollowInstruction(instruction);
    }

    private void FollowInstruction(Instruction instruction)
    {
        switch (instruction.Operand)
        {
            case TypeReference type:
                Reach(type);
                break;
            case MethodReference called:
                Reach(called.DeclaringType);
                ReachSignature(called);
                if (called is GenericInstanceMethod generic)
                {
                    foreach (var argument in generic.GenericArguments)
                        Reach(argument);
                }

                break;
            case FieldReference field:
                Reach(field.DeclaringType);
                Reach(field.FieldType);
                break;
        }
    }

    private void ReachSignature(MethodReference method)
    {
        Reach(method.ReturnType);
        foreach (var parameter in method.Parameters)
            Reach(parameter.ParameterType);
    }

    private void FollowAttributes(ICustomAttributeProvider annotated)
    {
        foreach (var attribute in annotated.CustomAttributes)
        {
            Reach(attribute.AttributeType);
            foreach (var argument in attribute.ConstructorArguments.Concat(attribute.Properties.Select(property => property.Argument)))
                Reach(argument.Value as TypeReference);
        }
    }
}
