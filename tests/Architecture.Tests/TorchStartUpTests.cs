using Mono.Cecil;

namespace MlxVideo.Architecture.Tests;

/// <summary>Checks that no module can use TorchSharp on a Mac before OpenMP is loaded.</summary>
public sealed class TorchStartUpTests
{
    [Fact]
    public void Modules_that_use_TorchSharp_load_OpenMp_first()
    {
        var initializes = Directory.EnumerateFiles(AppContext.BaseDirectory, "MlxVideo.*.dll")
            .Select(file => ModuleDefinition.ReadModule(file))
            .Where(module => module.AssemblyReferences.Any(reference => reference.Name == "TorchSharp"))
            .ToDictionary(module => module.Assembly.Name.Name, InitializersOf);
        Assert.Superset(new HashSet<string> { "MlxVideo.Engine", "MlxVideo.Worker" }, initializes.Keys.ToHashSet());
        Assert.All(initializes, module => Assert.Contains("LoadOpenMp", module.Value));
    }

    /// <summary>Returns the names of the files with a module initializer.</summary>
    private static string InitializersOf(ModuleDefinition module) => string.Join(' ',
        from method in module.Types.Single(type => type.Name == "<Module>").Methods
        where method.IsConstructor
        from instruction in method.Body.Instructions
        let called = instruction.Operand as MethodReference
        where called is not null
        select called.DeclaringType.Name);
}
